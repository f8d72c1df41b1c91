// What this page has done and taken back, newest last.

export class History {
  constructor() {
    this.done = [];
    this.undone = [];
  }

  // An own write was carried out. `of`: the entry that it took back, or did again; without one it was the newest.
  did(entry, { undid = false, redid = false, of = null } = {}) {
    if (undid || redid) this.forget(of ?? this.done.at(-1));
    else this.undone = [];
    (undid ? this.undone : this.done).push(entry);
  }

  forget(entry) {
    this.done = this.done.filter((other) => other !== entry);
    this.undone = this.undone.filter((other) => other !== entry);
  }
}
