// Own writes: out at once, kept until the server has answered, sent once each under their own id.

export class Outbox {
  // `post(entry)` answers like fetch or throws when the network is gone. `on`: sent, waiting, refused, changed.
  constructor({ post, storage, key, on, timers = globalThis }) {
    Object.assign(this, { post, storage, key, on, timers, sending: new Set() });
    this.entries = this.#read();
  }

  get waiting() {
    return this.entries.length - this.sending.size;
  }

  // `entry`: {mid, url, fields, what}; kept in storage, so that it survives a reload.
  add(entry) {
    this.entries.push(entry);
    this.#write();
    return this.#send(entry, "gesture");
  }

  // The way is free again: everything that waits goes out, in order.
  async flush() {
    for (const entry of [...this.entries]) {
      if (!this.sending.has(entry.mid) && !(await this.#send(entry, "queued"))) return;
    }
  }

  async #send(entry, cause) {
    this.sending.add(entry.mid);
    this.on.changed();
    let response;
    try {
      response = await this.post(entry, cause);
    } catch {
      this.sending.delete(entry.mid);
      this.on.waiting(entry);
      this.on.changed();
      return false;
    }
    const answer = await response.json().catch(() => ({}));
    this.sending.delete(entry.mid);
    this.entries = this.entries.filter((other) => other.mid !== entry.mid);
    this.#write();
    if (response.ok) this.on.sent(entry, answer);
    else this.on.refused(entry, answer, response.status);
    this.on.changed();
    return true;
  }

  #read() {
    try {
      return JSON.parse(this.storage.getItem(this.key) ?? "[]");
    } catch {
      return [];
    }
  }

  #write() {
    try {
      if (this.entries.length) this.storage.setItem(this.key, JSON.stringify(this.entries));
      else this.storage.removeItem(this.key);
    } catch {
      // Storage is full: the entry is still in memory and goes out.
    }
  }
}
