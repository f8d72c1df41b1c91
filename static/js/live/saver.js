// Drafts on the server, so that they outlive this browser: only because somebody types, and seldom. The browser's own
// storage stays the first keeper: what is refused here is no error, and is tried again when they type on.

import { retryMs } from "./refusal.js";

export const REST_MS = 2000; // so long a fresh draft waits for more of it
export const GAP_MS = 10_000; // between two saves of one draft
export const MOST = 20_000; // characters; the server takes no more
const PLACE = /^[a-z]+(-[0-9a-f-]{36})?$/; // what else is kept beside drafts is nobody else's business
const OVER = new Set([401, 403, 404]); // nothing of this page will be taken any more

export class Saver {
  // `send(place, text, cause)` answers like fetch, an empty text takes the draft away; `cause(event)`: from
  // wire.keystroke(); `saved`: place -> text that the server has.
  constructor({ send, cause, saved = new Map(), now = Date.now, timers = globalThis }) {
    Object.assign(this, { send, cause, now, timers, saved: new Map(saved), texts: new Map(saved), stopped: false });
    this.waiting = new Map(); // place -> {cause, timer}
    this.notBefore = new Map(); // place -> when it may be saved again
  }

  // The text of a field is another one now, whoever changed it: this alone sends nothing.
  kept(place, text) {
    if (PLACE.test(place)) this.texts.set(place, text);
  }

  // A person's own act: the cause of one save, of one draft that the server does not have as it is.
  acted(event) {
    const place = this.stopped ? undefined : this.#changed().find((one) => !this.waiting.has(one));
    const cause = place && this.cause(event);
    if (!cause) return;
    const wait = Math.max(REST_MS, (this.notBefore.get(place) ?? 0) - this.now());
    this.waiting.set(place, { cause, timer: this.timers.setTimeout(() => this.#save(place), wait) });
  }

  // Its owner goes away from the field, or from the page: what waits goes out now.
  leave(place) {
    for (const one of place ? [place] : [...this.waiting.keys()]) if (this.waiting.has(one)) this.#save(one);
  }

  // The server has taken what was written here, and let go of the draft. What was typed since is another one.
  sent(place) {
    this.saved.delete(place);
  }

  stop() {
    this.leave();
    this.#end();
  }

  #end() {
    this.stopped = true;
    for (const { timer } of this.waiting.values()) this.timers.clearTimeout(timer);
    this.waiting.clear();
  }

  #changed() {
    return [...this.texts].filter(([place, text]) => this.#differs(place, text)).map(([place]) => place);
  }

  #differs(place, text) {
    return text !== (this.saved.get(place) ?? "") && text.length <= MOST;
  }

  async #save(place) {
    const { cause, timer } = this.waiting.get(place);
    this.timers.clearTimeout(timer);
    this.waiting.delete(place);
    const text = this.texts.get(place);
    if (!this.#differs(place, text)) return;
    this.notBefore.set(place, this.now() + GAP_MS);
    try {
      this.#answered(place, text, await this.send(place, text, cause));
    } catch {
      // The network is away, or this browser has asked enough.
    }
  }

  #answered(place, text, response) {
    if (response.ok) this.saved.set(place, text);
    else if (OVER.has(response.status)) this.#end();
    else this.notBefore.set(place, this.now() + Math.max(GAP_MS, retryMs(response) ?? 0));
  }
}
