import assert from "node:assert/strict";
import test from "node:test";
import { DEAD_MS, Stream } from "../../static/js/live/stream.js";

class Timers {
  constructor() {
    this.time = 0;
    this.waiting = new Map();
    this.next = 1;
    this.setTimeout = (act, ms) => {
      this.waiting.set(this.next, { act, at: this.time + ms });
      return this.next++;
    };
    this.clearTimeout = (id) => this.waiting.delete(id);
  }

  async pass(ms) {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.waiting].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.waiting.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].act();
      await settled();
    }
    this.time = end;
  }
}

const settled = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

function answer(status, { text = null, retryAfter = null } = {}) {
  let given = false;
  const read = async () => {
    if (text === null || given) return text === null ? new Promise(() => {}) : { done: true };
    given = true;
    return { done: false, value: new TextEncoder().encode(text) };
  };
  return { status, headers: { get: () => retryAfter }, body: { getReader: () => ({ read }) } };
}

function stream(answers) {
  const timers = new Timers();
  const states = [];
  const opened = [];
  const made = new Stream({
    open: async (signal) => {
      opened.push(timers.time);
      const next = typeof answers === "function" ? answers(opened.length) : (answers.shift() ?? answer(200));
      if (next instanceof Error) throw next;
      signal.addEventListener("abort", () => {});
      return next;
    },
    onEvent: () => {},
    onState: (state, reason) => states.push([state, reason]),
    now: () => timers.time,
    random: () => 1,
    timers,
  });
  return { made, timers, states, opened, last: () => states.at(-1) };
}

test("204 stops until a person acts, and then one attempt a minute at most", async () => {
  const { made, timers, opened, last } = stream([answer(204), answer(204), answer(204)]);
  made.start();
  await settled();
  assert.equal(last()[0], "stopped");
  await timers.pass(600_000);
  assert.equal(opened.length, 1);
  made.wake();
  made.wake();
  await timers.pass(5000);
  made.wake();
  await timers.pass(5000);
  assert.equal(opened.length, 2);
  await timers.pass(60_000);
  made.wake();
  await timers.pass(5000);
  assert.equal(opened.length, 3);
});

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
