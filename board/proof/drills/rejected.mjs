// Ten minutes of a server that rejects everything, against the page's own stream, on a clock held by hand.
// Prints one line: how often it tried, for each way of being rejected, and how it stands at the end.

import { Stream } from "../../../static/js/live/stream.js";

const MINUTES = 10;
const turn = () => new Promise((done) => setImmediate(done));
const body = () => ({ getReader: () => ({ read: async () => ({ done: true }) }) });
const answer = (status, headers = {}) => ({ status, headers: new Headers(headers), body: body() });
const WAYS = {
  "no connection": () => Promise.reject(new TypeError("failed to fetch")),
  503: async () => answer(503),
  "503, come back in 5 s": async () => answer(503, { "Retry-After": "5" }),
  "429, come back in 1 s": async () => answer(429, { "Retry-After": "1" }),
  "opened and closed": async () => answer(200),
};

class Timers {
  constructor() {
    Object.assign(this, { time: 0, due: new Map(), next: 1 });
  }
  setTimeout = (act, delay) => this.due.set(this.next, { at: this.time + Math.max(0, delay), act }) && this.next++;
  clearTimeout = (id) => this.due.delete(id);
  async pass(until) {
    for (;;) {
      for (let n = 0; n < 20; n += 1) await turn();
      const [id, first] = [...this.due].filter(([, one]) => one.at <= until).sort((a, b) => a[1].at - b[1].at)[0] ?? [];
      if (!first) break;
      this.due.delete(id);
      this.time = first.at;
      first.act();
    }
    this.time = until;
  }
}

async function tried(reject, random) {
  const timers = new Timers();
  const attempts = [];
  const open = () => attempts.push(timers.time) && reject();
  const stream = new Stream({ open, onEvent() {}, onState() {}, now: () => timers.time, random, timers });
  stream.start();
  await timers.pass(MINUTES * 60_000 - 1);
  stream.stop();
  return attempts.length;
}

const told = {};
for (const [way, reject] of Object.entries(WAYS)) told[way] = Math.max(await tried(reject, () => 0), await tried(reject, Math.random));
console.log(JSON.stringify(told));
