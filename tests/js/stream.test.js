import assert from "node:assert/strict";
import test from "node:test";
import { DEAD_MS, Stream } from "../../static/js/live/stream.js";
import { settled, Timers } from "./support/held.js";
import { answer, stream } from "./support/stream.js";

test("a server that rejects everything sees ten attempts in ten minutes", async () => {
  const { made, timers, opened, last } = stream(() => new TypeError("network"));
  made.start();
  await timers.pass(600_000 - 1);
  assert.ok(opened.length <= 10, `${opened.length} attempts`);
  assert.equal(last()[0], "exhausted");
  const before = opened.length;
  await timers.pass(3_600_000);
  assert.equal(opened.length, before);
  made.reconnect();
  await settled();
  assert.equal(opened.length, before + 1);
});

test("Retry-After wins", async () => {
  const { made, timers, opened } = stream([answer(503, { retryAfter: "30" }), answer(200)]);
  made.start();
  await settled();
  await timers.pass(29_999);
  assert.equal(opened.length, 1);
  await timers.pass(1100);
  assert.equal(opened.length, 2);
});

test("bye with null stops, with a number it says when to come back", async () => {
  const bye = (data) => answer(200, { text: `event: bye\ndata: ${JSON.stringify(data)}\n\n` });
  const killed = stream([bye({ reason: "killed", retry_ms: null })]);
  killed.made.start();
  await settled();
  assert.deepEqual(killed.last(), ["stopped", "killed"]);
  const deploy = stream([bye({ reason: "deploy", retry_ms: 1234 }), answer(200)]);
  deploy.made.start();
  await settled();
  await deploy.timers.pass(1233);
  assert.equal(deploy.opened.length, 1);
  await deploy.timers.pass(1);
  assert.equal(deploy.opened.length, 2);
});

test("forty seconds without a byte is a dead stream", async () => {
  let aborted = false;
  const timers = new Timers();
  const made = new Stream({
    open: (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          aborted = true;
          reject(new DOMException("", "AbortError"));
        });
      }),
    onEvent() {},
    onState() {},
    now: () => timers.time,
    random: () => 1,
    timers,
  });
  made.start();
  await timers.pass(DEAD_MS - 1);
  assert.equal(aborted, false);
  await timers.pass(1);
  assert.equal(aborted, true);
});

test("goodbye ends the stream at once, also when the server leaves it open", async () => {
  let given = false;
  const signals = [];
  const read = async () => {
    if (given) return new Promise(() => {});
    given = true;
    return { done: false, value: new TextEncoder().encode('event: bye\ndata: {"reason":"replaced","retry_ms":null}\n\n') };
  };
  const states = [];
  const timers = new Timers();
  const made = new Stream({
    open: async (signal) => {
      signals.push(signal);
      return { status: 200, headers: { get: () => null }, body: { getReader: () => ({ read }) } };
    },
    onEvent() {},
    onState: (...state) => states.push(state),
    now: () => timers.time,
    timers,
  });
  made.start();
  await settled();
  assert.deepEqual(states.at(-1).slice(0, 2), ["stopped", "replaced"]);
  assert.equal(signals[0].aborted, true);
});

test("stopped and started again, an old answer changes nothing", async () => {
  const waiting = [];
  const states = [];
  const timers = new Timers();
  const made = new Stream({
    open: () => new Promise((resolve) => waiting.push(resolve)),
    onEvent() {},
    onState: (state) => states.push(state),
    now: () => timers.time,
    timers,
  });
  made.start();
  made.stop();
  made.start();
  waiting[0](answer(204));
  await settled();
  assert.equal(states.at(-1), "connecting");
  waiting[1](answer(200));
  await settled();
  assert.equal(states.at(-1), "open");
});

test("a minute of health makes the next failure the first again", async () => {
  const { made, timers, opened } = stream([]);
  let end;
  const reader = { read: () => new Promise((resolve) => (end = () => resolve({ done: true }))) };
  const failing = new TypeError("network");
  const answers = [
    failing,
    failing,
    failing,
    { status: 200, headers: { get: () => null }, body: { getReader: () => reader } },
    answer(200),
  ];
  made.open = async () => {
    opened.push(timers.time);
    const next = answers.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  made.start();
  await timers.pass(1000 + 2000 + 4000);
  assert.equal(opened.length, 4);
  timers.time += 60_000;
  end();
  await settled();
  await timers.pass(1000);
  assert.equal(opened.length, 5);
});

test("a stream that is refused says why, and asking again is no loss of the network", async () => {
  const headers = { "X-Parley-Reason": "killed", "X-Parley-Detail": "too%20hot%20%E2%98%80" };
  const { made, timers, states, last } = stream([answer(204, { headers }), answer(204, { headers })]);
  made.start();
  await settled();
  assert.deepEqual(last(), ["stopped", "killed", "too hot ☀"]);
  made.wake();
  assert.deepEqual(last(), ["waiting", "asked"]);
  await timers.pass(5000);
  assert.deepEqual(last(), ["stopped", "killed", "too hot ☀"]);
  assert.ok(!states.some(([, reason]) => reason === "again"));
});
