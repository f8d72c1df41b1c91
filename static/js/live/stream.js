// One stream: opened, read, and opened again within a small budget. No other timer sends anything.

import { retryMs } from "./refusal.js";
import { Parser } from "./sse.js";

export const DEAD_MS = 40_000; // the server beats each 15 s
const HEALTHY_MS = 60_000;
const LONGEST_MS = 60_000;
const WINDOW_MS = 600_000;
const ATTEMPTS = 10;
const GESTURE_MS = 60_000;
const JITTER_MS = 3000;

// idle -> connecting -> open -> waiting -> connecting …; stopped and exhausted wait for a person.
export class Stream {
  // `open(signal)` answers like fetch; `onEvent`, `onState(state, reason, until, detail)`; clock, timers and chance can be held.
  constructor({ open, onEvent, onState, now = Date.now, random = Math.random, timers = globalThis }) {
    Object.assign(this, { open, onEvent, onState, now, random, timers });
    this.failures = 0;
    this.attempts = [];
    this.state = "idle";
    this.told = false; // waiting until the server's own time
    this.wokenAt = this.askedAt = Number.NEGATIVE_INFINITY;
  }

  start() {
    if (this.state === "idle") this.#connect();
  }

  stop() {
    this.timers.clearTimeout(this.timer);
    this.abort?.abort();
    this.abort = null;
    this.#become("idle");
  }

  // Somebody acted, or the network came back: one attempt, at most one in 60 s, and not before the server's own time.
  wake() {
    const waits = ["stopped", "waiting", "exhausted"].includes(this.state);
    const now = this.now();
    if (!waits || this.#rest(this.wokenAt) || this.told) return;
    const at = now + this.random() * JITTER_MS;
    if (this.state === "waiting" && this.dueAt <= at) return;
    this.wokenAt = now;
    this.#later(at - now, { reason: this.state === "stopped" ? "asked" : "again", granted: true });
  }

  // The Reconnect button: one attempt at once, at most one in 60 s, and not before the server's own time.
  // Answers how many ms too early it was pressed.
  reconnect() {
    if (this.told || ["open", "connecting", "idle"].includes(this.state)) return 0;
    const rest = this.#rest(this.askedAt);
    if (rest) return rest;
    this.askedAt = this.now();
    this.#connect(true);
    return 0;
  }

  #rest(at) {
    const since = this.now() - at;
    return since >= 0 && since < GESTURE_MS ? GESTURE_MS - since : 0;
  }

  async #connect(granted = false) {
    this.timers.clearTimeout(this.timer);
    this.told = false;
    this.attempts = this.attempts.filter((at) => this.now() - at < WINDOW_MS);
    if (this.attempts.length >= ATTEMPTS && !granted) return this.#become("exhausted", "too many attempts");
    this.attempts.push(this.now());
    const abort = new AbortController();
    this.abort = abort;
    this.#become("connecting", this.failures ? "again" : "");
    try {
      this.#expect(abort);
      const response = await this.open(abort.signal);
      if (this.abort === abort) await this.#answered(response, abort);
    } catch (error) {
      if (this.abort !== abort) return undefined;
      if (!error?.retryMs) return this.#fail(error?.name ?? "");
      this.attempts.pop(); // this browser has asked enough: nothing went out
      this.#later(error.retryMs + this.random() * 1000, { reason: "asked", granted });
    }
    return undefined;
  }

  async #answered(response, abort) {
    const { status } = response;
    if (status === 200) return this.#read(response.body.getReader(), abort);
    this.timers.clearTimeout(this.dead);
    abort.abort();
    if (status === 204) {
      const told = (name) => decodeURIComponent(response.headers.get(`X-Parley-${name}`) ?? "");
      return this.#become("stopped", told("Reason"), 0, told("Detail"));
    }
    if ([401, 403, 404].includes(status)) return this.#become("stopped", "revoked");
    const wait = retryMs(response);
    if (wait === null) return this.#fail(`answered ${status}`);
    return this.#later(wait + this.random() * 1000, { reason: "overload", told: true });
  }

  async #read(reader, abort) {
    this.openedAt = this.now();
    let goodbye = null;
    this.#become("open");
    const parser = new Parser((event) => {
      if (event.type === "bye") goodbye = JSON.parse(event.data);
      this.onEvent(event);
    });
    const decoder = new TextDecoder();
    while (!goodbye) {
      const { done, value } = await reader.read();
      if (this.abort !== abort) return;
      if (done) break;
      this.#expect(abort);
      parser.feed(decoder.decode(value, { stream: true }));
    }
    if (goodbye) abort.abort();
    this.#over(goodbye);
  }

  #over(goodbye) {
    if (!goodbye) this.#fail("closed");
    else if (goodbye.retry_ms === null) this.#become("stopped", goodbye.reason, 0, goodbye.detail);
    else this.#later(goodbye.retry_ms, { reason: goodbye.reason, told: true });
  }

  #fail(reason) {
    if (this.openedAt && this.now() - this.openedAt >= HEALTHY_MS) this.failures = 0;
    this.openedAt = 0;
    const most = Math.min(LONGEST_MS, 1000 * 2 ** this.failures);
    this.failures += 1;
    this.#later(this.random() * most, { reason });
  }

  #later(delay, { reason = "", told = false, granted = false }) {
    this.timers.clearTimeout(this.timer);
    this.dueAt = this.now() + delay;
    this.told = told;
    this.#become("waiting", reason, told ? this.dueAt : 0);
    this.timer = this.timers.setTimeout(() => this.#connect(granted), delay);
  }

  #expect(abort) {
    this.timers.clearTimeout(this.dead);
    this.dead = this.timers.setTimeout(() => abort.abort(), DEAD_MS);
  }

  #become(state, reason = "", until = 0, detail = "") {
    if (state !== "open" && state !== "connecting") this.timers.clearTimeout(this.dead);
    this.state = state;
    this.onState(state, reason, until, detail);
  }
}
