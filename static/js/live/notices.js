// What the server leaves out for now, and which of one's own limits said no: told in words until it is over.

export const READ_MS = 4000; // so long anybody can read it, however soon it is over
const SAME_MS = 1500; // the stream and an answer tell the same refusal, the answer in whole seconds
const HIGHEST = 4;
const LONGEST_MS = 86_400_000; // a timer takes no more than 24 days

export class Notices {
  // `onLevel(level)`; `onLimit(name, ms)`: over in so many ms. `time()`: the server's clock, which `until` is by.
  constructor({ onLevel, onLimit, time, timers = globalThis }) {
    Object.assign(this, { onLevel, onLimit, time, timers, level: 0 });
    this.last = null; // the event that said what is left out now, for a tab that opens later
    this.limits = new Map(); // name -> when it is over
  }

  receive(event) {
    if (event.type !== "notice") return;
    const { level, limit, until, retry_after: seconds } = JSON.parse(event.data);
    const ms = seconds === undefined ? Date.parse(until ?? "") - this.time() : seconds * 1000;
    if (limit) this.limited(limit, ms);
    else this.#become(Math.min(level, HIGHEST) || 0, event, ms);
  }

  // Said once for each refusal, however many ways it is heard of.
  limited(name, ms) {
    const wait = Math.max(ms || 0, 0);
    const end = this.time() + wait;
    if (Math.abs(end - (this.limits.get(name) ?? Number.NEGATIVE_INFINITY)) < SAME_MS) return;
    this.limits.set(name, end);
    this.onLimit(name, wait);
  }

  // Nothing is left out, as far as is known: `until` is over, or the stream is a new one and says itself what is.
  calm() {
    this.#become(0, null, Number.NaN);
  }

  stop() {
    this.timers.clearTimeout(this.timer);
  }

  #become(level, event, ms) {
    this.stop();
    this.last = level ? event : null;
    if (level && !Number.isNaN(ms)) this.timer = this.timers.setTimeout(() => this.calm(), Math.min(Math.max(ms, READ_MS), LONGEST_MS));
    if (level === this.level) return;
    this.level = level;
    this.onLevel(level);
  }
}
