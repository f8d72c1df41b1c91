// A clock, timers and a storage that a test holds in its hand.

export const settled = async () => {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
};

export class Timers {
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
    await settled();
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

export class Storage {
  constructor() {
    this.map = new Map();
  }

  get length() {
    return this.map.size;
  }

  key(index) {
    return [...this.map.keys()][index];
  }

  getItem(key) {
    return this.map.get(key) ?? null;
  }

  setItem(key, value) {
    this.map.set(key, value);
  }

  removeItem(key) {
    this.map.delete(key);
  }
}
