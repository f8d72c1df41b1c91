import assert from "node:assert/strict";
import test from "node:test";
import { Bucket, Refused, Wire, gesture, uuid } from "../../static/js/live/wire.js";

function wire(now = { time: 0 }) {
  const sent = [];
  const clock = () => now.time;
  const made = new Wire((url, options) => sent.push([url, options]), new Bucket(clock), clock);
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
  now.time = 5000;
  made.request({ kind: "snapshot" }, "/x");
  assert.equal(sent.length, 2);
});

test("uuids are well-formed also without randomUUID", () => {
  assert.match(uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
