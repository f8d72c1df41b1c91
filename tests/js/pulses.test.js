import assert from "node:assert/strict";
import test from "node:test";
import { Lasting } from "../../static/js/live/lasting.js";
import { Pulses } from "../../static/js/live/pulses.js";
import { gesture, Wire } from "../../static/js/live/wire.js";
import { settled, Timers } from "./support/held.js";

const CAUSE = { kind: "pulse" };

function pulses({ answer = () => ({ status: 204 }), may = () => true, gap } = {}) {
  const [timers, sent] = [new Timers(), []];
  const send = async (body, cause) => {
    sent.push([timers.time, JSON.parse(body), cause]);
    return answer();
  };
  return { timers, sent, made: new Pulses({ send, may, gap, now: () => timers.time, timers }) };
}

test("a hundred moves a second are at most ten pulses a second, the latest of each", async () => {
  const { timers, sent, made } = pulses();
  for (let ms = 0; ms < 3000; ms += 10) {
    made.note("cursor", { x: ms }, CAUSE);
    await timers.pass(10);
  }
  await timers.pass(1000);
  assert.ok(sent.length >= 29 && sent.length <= 31);
  assert.equal(sent.at(-1)[1].x, 2990);
});

test("after the last gesture one more goes out within a tenth of a second, then nothing", async () => {
  const { timers, sent, made } = pulses();
  made.note("cursor", { x: 1 }, CAUSE);
  await timers.pass(10);
  made.note("cursor", { x: 2 }, CAUSE);
  await timers.pass(60_000);
  assert.deepEqual(
    sent.map(([at, { x }]) => [at, x]),
    [
      [0, 1],
      [100, 2],
    ],
  );
});

test("nothing goes out without a cause, while hidden, or without a stream", async () => {
  let open = true;
  const { timers, sent, made } = pulses({ may: () => open });
  made.note("focus", {}, null);
  await timers.pass(1000);
  made.note("focus", {}, CAUSE);
  open = false;
  await timers.pass(1000);
  made.note("focus", {}, CAUSE);
  open = true;
  await timers.pass(1000);
  assert.equal(sent.length, 0);
});

test("several kinds go out together, and where somebody points is asked only then", async () => {
  const { timers, sent, made } = pulses();
  made.note("cursor", () => ({ x: timers.time }), CAUSE);
  made.note("typing", { anchor: "zone-1" }, CAUSE);
  await timers.pass(0);
  assert.deepEqual(
    sent.map(([, { kind }]) => kind),
    ["typing", "cursor"],
  );
});

test("a slow network carries one at a time, and what has waited too long is dropped", async () => {
  let release;
  const { timers, sent, made } = pulses({
    answer: () => new Promise((resolve) => (release = () => resolve({ status: 204 }))),
  });
  made.note("cursor", { x: 1 }, CAUSE);
  await timers.pass(0);
  made.note("cursor", { x: 2 }, CAUSE);
  await timers.pass(5000);
  assert.equal(sent.length, 1);
  release();
  await timers.pass(1000);
  assert.equal(sent.length, 1);
});

test("a server that has had enough is left alone for as long as it says", async () => {
  const { timers, sent, made } = pulses({ answer: () => ({ status: 429, headers: new Headers({ "Retry-After": "3" }) }) });
  for (let ms = 0; ms < 2900; ms += 100) {
    made.note("cursor", { x: ms }, CAUSE);
    await timers.pass(100);
  }
  assert.equal(sent.length, 1);
});

test("who may not any more stops", async () => {
  const { timers, sent, made } = pulses({ answer: () => ({ status: 404 }) });
  for (let ms = 0; ms < 5000; ms += 100) {
    made.note("cursor", {}, CAUSE);
    await timers.pass(100);
  }
  assert.equal(sent.length, 1);
});

test("the wire takes a pulse only from somebody's own act, once, and never while an event is handled", async () => {
  const sent = [];
  const wire = new Wire({ send: (url) => sent.push(url), now: () => 0 });
  assert.equal(wire.impulse({ isTrusted: false }, "cursor"), null);
  assert.equal(
    wire.locked(() => wire.impulse({ isTrusted: true }, "cursor")),
    null,
  );
  const cause = wire.impulse({ isTrusted: true }, "cursor");
  assert.throws(() => wire.locked(() => wire.request(cause, "/pulse/")));
  wire.request(cause, "/pulse/");
  assert.throws(() => wire.request(cause, "/pulse/"));
  assert.throws(() => wire.request({ kind: "pulse" }, "/pulse/"));
  await settled();
  assert.equal(sent.length, 1);
});

test("one act is one pulse of each kind, and no more however often it is taken for one", () => {
  const sent = [];
  const wire = new Wire({ send: (url) => sent.push(url), now: () => 0 });
  const event = { isTrusted: true };
  for (const kind of ["focus", "editing", "focus", "editing", "focus"]) {
    const cause = wire.impulse(event, kind);
    if (cause) wire.request(cause, "/pulse/");
  }
  assert.equal(sent.length, 2);
  assert.ok(wire.keystroke(event) && gesture(event));
});

test("whatever the page does, ten pulses a second are the most", () => {
  const [clock, sent] = [{ time: 0 }, []];
  const wire = new Wire({ send: () => sent.push(clock.time), now: () => clock.time });
  for (; clock.time < 10_000; clock.time += 5) {
    try {
      wire.request(wire.impulse({ isTrusted: true }, "cursor"), "/pulse/");
    } catch (error) {
      assert.ok(error.retryMs > 0);
    }
  }
  assert.ok(sent.length <= 105);
});

test("what is said holds for a while", () => {
  const clock = { time: 0 };
  const lasting = new Lasting(4000, () => clock.time);
  assert.equal(lasting.next(), null);
  lasting.set("pia", "card-1");
  clock.time = 3999;
  assert.deepEqual(lasting.entries(), [["pia", "card-1"]]);
  assert.equal(lasting.next(), 1);
  clock.time = 4000;
  assert.deepEqual(lasting.entries(), []);
});
