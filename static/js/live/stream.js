// One stream: opened, read, and opened again within a small budget. No other timer sends anything.

import { Parser } from "./sse.js";

export const DEAD_MS = 40_000;
const HEALTHY_MS = 60_000;
const LONGEST_MS = 60_000;
const WINDOW_MS = 600_000;
const ATTEMPTS = 10;
const GESTURE_MS = 60_000;
const JITTER_MS = 3000;

export class Stream {
  // `open(signal)` answers like fetch; `onEvent`, `onState(state, reason)`; clock, timers and chance can be held.
  constructor({ open, onEvent, onState, now = Date.now, random = Math.random, timers = globalThis }) {
    Object.assign(this, { open, onEvent, onState, now, random, timers });
    this.failures = 0;
    this.attempts = [];
    this.state = "idle";
    this.wokenAt = Number.NEGATIVE_INFINITY;
  }

  start() {
    if (this.state !== "idle") return;
    this.#connect();
  }

  stop() {
    this.timers.clearTimeout(this.timer);
    this.timers.clearTimeout(this.dead);
    this.abort?.abort();
    this.#become("idle");
  }

  // Somebody acted, or the network came back: one attempt, at most one in 60 s.
  wake() {
    const waits = ["stopped", "waiting", "exhausted"].includes(this.state);
    if (!waits || this.now() - this.wokenAt < GESTURE_MS) return;
    this.wokenAt = this.now();
    this.#later(this.random() * JITTER_MS);
  }

  // The Reconnect button.
  reconnect() {
    this.attempts = [];
    this.failures = 0;
    this.timers.clearTimeout(this.timer);
    if (this.state !== "open" && this.state !== "connecting") this.#connect();
  }

  async #connect() {
    this.attempts = this.attempts.filter((at) => this.now() - at < WINDOW_MS);
    if (this.attempts.length >= ATTEMPTS) return this.#become("exhausted", "too many attempts");
    this.attempts.push(this.now());
    this.#become("connecting");
    const abort = (this.abort = new AbortController());
    try {
      this.#expect();
      const response = await this.open(abort.signal);
      if (abort.signal.aborted && this.state === "idle") return undefined;
      await this.#read(response, abort);
    } catch (error) {
      if (this.state !== "idle" && this.abort === abort) this.#fail(error?.name ?? "");
    }
    return undefined;
  }

  async #read(response, abort) {
    if (response.status === 204) return this.#become("stopped", "paused by the server");
    if ([401, 403, 404].includes(response.status)) return this.#become("stopped", `refused ${response.status}`);
    if (response.status !== 200) return this.#later(this.#retryAfter(response) ?? this.#backoff());
    this.openedAt = this.now();
    this.goodbye = null;
    this.#become("open");
    const parser = new Parser((event) => this.#event(event));
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || abort.signal.aborted) break;
      this.#expect();
      parser.feed(decoder.decode(value, { stream: true }));
    }
    if (this.now() - this.openedAt >= HEALTHY_MS) this.failures = 0;
    return this.#over();
  }

  #event(event) {
    if (event.type === "bye") this.goodbye = JSON.parse(event.data);
    this.onEvent(event);
  }

  #over() {
    if (this.state === "idle") return;
    if (!this.goodbye) return this.#fail("closed");
    const { reason, retry_ms: delay } = this.goodbye;
    if (delay === null) this.#become("stopped", reason);
    else this.#later(delay, reason);
  }

  #fail(reason) {
    if (this.openedAt && this.now() - this.openedAt >= HEALTHY_MS) this.failures = 0;
    this.#later(this.#backoff(), reason);
  }

  #backoff() {
    const most = Math.min(LONGEST_MS, 1000 * 2 ** this.failures);
    this.failures += 1;
    return this.random() * most;
  }

  #retryAfter(response) {
    const seconds = Number.parseFloat(response.headers.get("Retry-After") ?? "");
    return Number.isFinite(seconds) ? seconds * 1000 + this.random() * 1000 : null;
  }

  #later(delay, reason = "") {
    this.timers.clearTimeout(this.timer);
    this.timers.clearTimeout(this.dead);
    this.#become("waiting", reason);
    this.timer = this.timers.setTimeout(() => this.#connect(), delay);
  }

  #expect() {
    this.timers.clearTimeout(this.dead);
    this.dead = this.timers.setTimeout(() => this.abort?.abort(), DEAD_MS);
  }

  #become(state, reason = "") {
    if (state !== "open" && state !== "connecting") this.timers.clearTimeout(this.dead);
    this.state = state;
    this.onState(state, reason);
  }
}
