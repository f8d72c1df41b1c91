// Which change may be applied now: the next one, once; a gap is repaired once, then a snapshot helps.

export class Sequence {
  constructor(epoch, seq) {
    Object.assign(this, { epoch, seq, early: new Map() });
  }

  get id() {
    return `${this.epoch}-${this.seq}`;
  }

  // The changes to apply in order, and whether something is missing before the others.
  take(change) {
    if (change.seq <= this.seq) return { apply: [], gap: false };
    this.early.set(change.seq, change);
    const apply = [];
    while (this.early.has(this.seq + 1)) {
      this.seq += 1;
      apply.push(this.early.get(this.seq));
      this.early.delete(this.seq);
    }
    return { apply, gap: this.early.size > 0 };
  }

  restart(epoch, seq) {
    this.epoch = epoch;
    this.seq = seq;
    for (const early of [...this.early.keys()]) if (early <= seq) this.early.delete(early);
  }
}

export function comesBefore(one, other) {
  // (rank, number): rank by code points, number numerically.
  if (one.rank !== other.rank) return one.rank < other.rank;
  return Number(one.number ?? 0) < Number(other.number ?? 0);
}
