// Which change may be applied now: the next one, once; what comes too early waits for what is missing.

const EARLY = 500; // as many as the server replays; a larger gap needs the page itself

export class Sequence {
  constructor(epoch, seq) {
    Object.assign(this, { epoch, seq, head: seq, early: new Map() });
  }

  get id() {
    return `${this.epoch}-${this.seq}`;
  }

  // Something before the head has not come.
  get gap() {
    return this.head > this.seq;
  }

  get lost() {
    return this.early.size > EARLY;
  }

  // The changes to apply now, in order.
  take(change) {
    if (change.seq <= this.seq) return [];
    this.saw(change.seq);
    this.early.set(change.seq, change);
    const ready = [];
    while (this.early.has(this.seq + 1)) {
      this.seq += 1;
      ready.push(this.early.get(this.seq));
      this.early.delete(this.seq);
    }
    return ready;
  }

  saw(head) {
    this.head = Math.max(this.head, head);
  }

  // The page is as the server had it at `seq`.
  restart(epoch, seq) {
    if (epoch !== this.epoch) this.early.clear();
    for (const early of [...this.early.keys()]) if (early <= seq) this.early.delete(early);
    this.head = Math.max(seq, ...this.early.keys());
    Object.assign(this, { epoch, seq });
  }
}

export function comesBefore(one, other) {
  // (rank, number): rank by code points, number numerically.
  if (one.rank !== other.rank) return one.rank < other.rank;
  return Number(one.number ?? 0) < Number(other.number ?? 0);
}
