// Own writes: out at once and in order, kept until the server has answered, carried out once each under their own id.

const LATER = new Set([401, 502, 503, 504]); // says nothing about the write itself: it waits

export class Outbox {
  // `post(entry, cause)` answers like fetch or throws when the reply is lost. `on`: sent, waits, refused, dropped, changed.
  // Each entry has a key of its own in storage, so that two tabs never overwrite each other's.
  constructor({ post, storage, prefix, on, now = Date.now, timers = globalThis }) {
    Object.assign(this, { post, storage, prefix, on, now, timers, notBefore: 0, sending: null, lost: false });
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
    return this.flush();
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
    const later = !response || LATER.has(response.status) || (response.status === 429 && !cause);
    if (later) return this.#block(entry, answer, response);
    this.blocked = false;
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
    const seconds = Number.parseFloat(response?.headers?.get("Retry-After") ?? "");
    this.notBefore = Number.isFinite(seconds) ? this.now() + seconds * 1000 : 0;
    this.blocked = true;
    this.on.waits(entry, answer);
    return false;
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
