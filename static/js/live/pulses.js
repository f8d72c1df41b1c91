// What this person does, told to others: the latest of each kind, at most ten times a second, and only because they
// just did something. No timer here sends anything that no gesture has caused.

import { PULSES } from "./wire.js";

export const GAP_MS = 100;
const STALE_MS = 1000; // what has waited longer is no news any more
const MUTE_MS = 1000;

export class Pulses {
  // `send(body, cause)` answers like fetch; `may()`: the page is visible and its stream open; `gap()`: ms between two.
  constructor({ send, may, gap = () => GAP_MS, now = Date.now, timers = globalThis }) {
    Object.assign(this, { send, may, gap, now, timers, waiting: new Map(), sending: false, stopped: false });
    this.sentAt = Number.NEGATIVE_INFINITY;
    this.notBefore = Number.NEGATIVE_INFINITY;
  }

  // `what`: the fields of the pulse, or a function that gives them when it goes out; `cause`: from wire.impulse().
  note(kind, what, cause) {
    if (this.stopped || !cause || !this.may() || this.now() < this.notBefore) return;
    this.waiting.set(kind, { what, cause, at: this.now() });
    this.#soon();
  }

  stop() {
    this.stopped = true;
    this.waiting.clear();
    this.timers.clearTimeout(this.timer);
  }

  #soon() {
    if (this.timer || this.sending) return;
    const wait = Math.max(0, this.sentAt + this.gap() - this.now());
    this.timer = this.timers.setTimeout(() => this.#flush(), wait);
  }

  async #flush() {
    this.timer = null;
    const fresh = [...this.waiting].filter(([, { at }]) => this.now() - at < STALE_MS);
    this.waiting.clear();
    if (!fresh.length || !this.may()) return;
    this.sentAt = this.now();
    this.sending = true; // a slow network slows pulses down, so that they never stand before a write
    fresh.sort(([one], [other]) => PULSES.indexOf(one) - PULSES.indexOf(other));
    await Promise.all(fresh.map(([kind, pulse]) => this.#one(kind, pulse)));
    this.sending = false;
    if (this.waiting.size) this.#soon();
  }

  async #one(kind, { what, cause }) {
    try {
      const fields = typeof what === "function" ? what() : what;
      const response = await this.send(JSON.stringify({ kind, ...fields }), cause);
      if ([401, 403, 404].includes(response.status)) this.stop();
      else if (response.status >= 400) this.#mute(Number.parseFloat(response.headers.get("Retry-After") ?? ""));
    } catch (error) {
      if (!error?.retryMs) this.#mute(); // the network is away, or the browser has pulsed enough
    }
  }

  #mute(seconds) {
    this.notBefore = this.now() + (Number.isFinite(seconds) ? seconds * 1000 : MUTE_MS);
    this.waiting.clear();
  }
}
