import assert from "node:assert/strict";
import test from "node:test";
import { gesture, Refused, uuid, Wire } from "../../static/js/live/wire.js";
import { Storage } from "./support/held.js";

function wire(now = { time: 0 }, storage = null) {
  const sent = [];
  const clock = () => now.time;
  const made = new Wire({ send: (url, options) => sent.push([url, options]), now: clock, storage });
  return { made, sent, now };
}

test("nothing is sent while an event of the stream is handled", () => {
  const { made, sent } = wire();
  assert.throws(() => made.locked(() => made.request({ kind: "queued" }, "/x")), Refused);
  assert.equal(made.violations, 1);
  made.request({ kind: "queued" }, "/x");
  assert.equal(sent.length, 1);
});

test("a request needs a cause, and only a trusted gesture makes a write", () => {
  const { made } = wire();
  assert.throws(() => made.request({ kind: "timer" }, "/x"), Refused);
  assert.throws(() => gesture({ isTrusted: false }), Refused);
  assert.throws(() => gesture(undefined), Refused);
  assert.match(gesture({ isTrusted: true }).id, /^[0-9a-f-]{36}$/);
});

test("whatever the page's code does, at most 10 + 2 W requests go out that nobody made", () => {
  const { made, sent, now } = wire();
  for (let ms = 0; ms <= 30_000; ms += 10) {
    now.time = ms;
    try {
      made.request({ kind: "queued" }, "/x");
    } catch (error) {
      assert.ok(error instanceof Refused);
    }
  }
  assert.equal(sent.length, 10 + 2 * 30);
});

test("a gap is repaired at most once in five seconds", () => {
  const { made, sent, now } = wire();
  made.request({ kind: "repair" }, "/x");
  assert.throws(() => made.request({ kind: "snapshot" }, "/x"), Refused);
  assert.equal(made.repairWait(), 5000);
  now.time = 5000;
  made.request({ kind: "snapshot" }, "/x");
  assert.equal(sent.length, 2);
});

test("twenty tabs repair as often as one", () => {
  const [storage, now] = [new Storage(), { time: 1000 }];
  const tabs = Array.from({ length: 20 }, () => wire(now, storage));
  for (const { made } of tabs) {
    try {
      made.request({ kind: "repair" }, "/x");
    } catch (error) {
      assert.equal(error.retryMs, 5000);
    }
  }
  assert.equal(tabs.flatMap(({ sent }) => sent).length, 1);
});

test("one gesture makes one request, and nobody can make one up", () => {
  const { made, sent } = wire();
  const event = { isTrusted: true };
  const cause = gesture(event);
  made.request(cause, "/x");
  assert.equal(sent[0][1].headers["X-Cause"], cause.id);
  assert.throws(() => made.request(cause, "/x"), Refused);
  assert.throws(() => gesture(event), Refused);
  assert.throws(() => made.request({ kind: "gesture", id: cause.id }, "/x"), Refused);
});

test("a refusal for haste says how long to wait", () => {
  const { made } = wire();
  for (let sent = 0; sent < 10; sent += 1) made.request({ kind: "queued" }, "/x");
  assert.throws(() => made.request({ kind: "queued" }, "/x"), { retryMs: 500 });
});

test("uuids are well-formed also without randomUUID", () => {
  assert.match(uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
