// What can be done again: undoing an undo, newest first, until somebody does something new.

export class History {
  constructor() {
    this.undone = [];
  }

  // An own write was carried out. `undid`: it took one back; `seq` is what redo takes back in turn.
  did({ undid = false, redid = false, seq }) {
    if (undid) this.undone.push(seq);
    else if (!redid) this.undone = [];
  }

  next() {
    return this.undone.pop();
  }
}
