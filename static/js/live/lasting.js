// What is true for a while after it was last said: who types, where somebody points.

export class Lasting {
  constructor(ms, now = Date.now) {
    Object.assign(this, { ms, now, said: new Map() });
  }

  set(key, value) {
    this.said.set(key, { value, at: this.now() });
  }

  delete(key) {
    this.said.delete(key);
  }

  // [key, value] of what still holds.
  entries() {
    for (const [key, { at }] of [...this.said]) if (this.now() - at >= this.ms) this.said.delete(key);
    return [...this.said].map(([key, { value }]) => [key, value]);
  }

  // How many ms until the next one ends; null while nothing holds.
  next() {
    const ends = [...this.said.values()].map(({ at }) => at + this.ms - this.now());
    return ends.length ? Math.max(0, Math.min(...ends)) : null;
  }
}
