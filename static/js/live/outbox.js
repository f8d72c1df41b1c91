// Own writes: out at once and in order, kept until the server has answered, carried out once each under their own id.

import { limitOf, retryMs } from "./refusal.js";

const LATER = new Set([401, 429, 502, 503, 504]); // says nothing about the write itself: it waits
const UNAIDED = 3; // so often in a row it comes back at the time that the server said; then somebody has to act
const SPREAD_MS = 1000; // all who were told the same time

export class Outbox {
  // `post(entry, cause)` answers like fetch or throws when the reply is lost.
  // `on`: sent, waits(entry, answer, limit, ms), refused, dropped, changed.
  // Each entry has a key of its own in storage, so that two tabs never overwrite each other's.
  constructor({ post, storage, prefix, on, now = Date.now, random = Math.random, timers = globalThis }) {
    Object.assign(this, { post, storage, prefix, on, now, random, timers, notBefore: 0, unaided: 0, sending: null, lost: false });
    this.causes = new Map();
    this.entries = this.#left();
    this.blocked = this.entries.length > 0;
  }

  // How many changes wait for the way to be free.
  get waiting() {
    return this.blocked ? this.entries.length : 0;
  }

  // `entry`: {mid, url, fields, what}; `cause`: the gesture that made it.
  add(entry, cause) {
    const kept = { ...entry, at: this.now() };
    this.entries.push(kept);
    this.causes.set(entry.mid, cause);
    this.#keep(kept);
    this.unaided = 0;
    return this.flush();
  }

  stop() {
    this.timers.clearTimeout(this.timer);
  }

  // The way may be free: everything goes out, oldest first, until something is in the way.
  flush() {
    this.sending ??= this.#all().finally(() => {
      this.sending = null;
    });
    return this.sending;
  }

  async #all() {
    if (this.now() < this.notBefore) return this.on.changed();
    while (this.entries.length && (await this.#one(this.entries[0])));
    return this.on.changed();
  }

  async #one(entry) {
    const cause = this.causes.get(entry.mid);
    this.causes.delete(entry.mid);
    if (!cause && this.#isGone(entry)) return this.#over(entry, () => this.on.dropped(entry));
    const { answer, response } = await this.#asked(entry, cause);
    this.lost = !response; // nothing came back: there is no way to the server
    if (!response || LATER.has(response.status)) return this.#block(entry, answer, response);
    this.blocked = false;
    this.unaided = 0;
    return this.#over(entry, () => {
      if (response.ok) this.on.sent(entry, answer);
      else this.on.refused(entry, answer, response.status);
    });
  }

  // A lost reply is asked for again at once, under the same id; then the entry waits.
  async #asked(entry, cause) {
    const queued = { kind: "queued", id: entry.mid };
    for (const each of cause ? [cause, queued] : [queued]) {
      try {
        const response = await this.#posted(entry, each);
        return { response, answer: await response.json().catch(() => ({})) };
      } catch {
        // Lost on the way there or back.
      }
    }
    return { response: null, answer: {} };
  }

  // Queued writes go out one by one as the browser's own bucket allows.
  async #posted(entry, cause) {
    for (;;) {
      try {
        return await this.post(entry, cause);
      } catch (error) {
        if (!error?.retryMs) throw error;
        await new Promise((resolve) => this.timers.setTimeout(resolve, error.retryMs));
      }
    }
  }

  #block(entry, answer, response) {
    const ms = retryMs(response);
    this.notBefore = ms === null ? 0 : this.now() + ms;
    this.blocked = true;
    if (ms !== null) this.#comeBack(ms);
    this.on.waits(entry, answer, limitOf(response), ms);
    return false;
  }

  // Once, when the server said; a refusal then is told like this one.
  #comeBack(ms) {
    this.stop();
    if (this.unaided >= UNAIDED) return;
    this.unaided += 1;
    this.timer = this.timers.setTimeout(() => this.flush(), ms + (0.1 + this.random()) * SPREAD_MS);
  }

  #over(entry, tell) {
    this.entries = this.entries.filter((other) => other !== entry);
    if (!this.entries.length) this.blocked = false;
    this.#store((storage) => storage.removeItem(this.prefix + entry.mid));
    tell();
    return true;
  }

  // Another tab of this browser has sent it.
  #isGone(entry) {
    return this.#store((storage) => storage.getItem(this.prefix + entry.mid) === null && entry.stored) ?? false;
  }

  #keep(entry) {
    this.#store((storage) => {
      storage.setItem(this.prefix + entry.mid, JSON.stringify(entry));
      entry.stored = true;
    });
  }

  // What an earlier page could not send.
  #left() {
    const found = this.#store((storage) => {
      const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
      const ours = keys.filter((key) => key.startsWith(this.prefix));
      return ours.map((key) => ({ ...JSON.parse(storage.getItem(key)), stored: true }));
    });
    return (found ?? []).sort((one, other) => one.at - other.at);
  }

  #store(act) {
    try {
      return act(this.storage);
    } catch {
      return undefined; // storage is full or forbidden: the entry is still in memory and goes out
    }
  }
}
