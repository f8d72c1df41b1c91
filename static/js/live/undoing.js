// Taking back and doing again, by key, button or toast: own changes only, and never over what somebody else did since.

import { word } from "../words.js";
import { History } from "./history.js";
import { toast } from "./toasts.js";

export class Undoing {
  constructor({ writes, drawer, editor }) {
    const url = document.getElementById("undo-form")?.action;
    Object.assign(this, { writes, drawer, editor, url, history: new History() });
  }

  // Without `of` the newest. While something is on its way the server knows better what that is.
  undo(event, of = this.writes.outbox.entries.length ? null : this.history.done.at(-1)) {
    this.#make(event, of, { undid: true });
  }

  redo(event, of = this.history.undone.at(-1)) {
    if (of) this.#make(event, of, { redid: true });
  }

  // An own write was carried out: for a while it can be taken back right here.
  sent({ what }, answer) {
    const card = what.card ?? answer.card?.id;
    const entry = { ...what.of, ...(what.of ? {} : { card, before: what.draft?.before?.body }), seq: answer.seq };
    this.history.did(entry, what);
    const name = what.undid ? "undo" : what.redid ? "redo" : what.verb;
    if (!name || !this.url) return;
    const act = (event) => (what.undid ? this.redo(event, entry) : this.undo(event, entry));
    toast(word(`did-${name}`), { label: word(what.undid ? "redo" : "undo"), act, key: "undo" });
  }

  // True when this was about taking back. Both are offered when somebody changed it since.
  refused({ what }, answer) {
    if (!what.undid && !what.redid) return false;
    this.history.forget(what.of);
    const card = what.of?.card ?? answer.card;
    if (!("current" in answer) || !card) {
      toast(answer.detail ?? word("refused"), { key: "undo" });
      return true;
    }
    const both = { mine: what.undid ? what.of?.before : undefined, theirs: answer.current?.body, base: answer.yours?.body };
    toast(word("changed-since"), { label: word("open-card"), act: (event) => this.#open(event, card, both), key: "undo" });
    return true;
  }

  // The card as it is now; with both texts when its text is what differs.
  #open(event, uid, { mine, theirs, base }) {
    const card = document.getElementById(`card-${uid}`);
    if (!card) return;
    if (mine === undefined || theirs === undefined) {
      this.drawer.open(card.querySelector(".card__no").getAttribute("href"), event);
      return;
    }
    const { kind, assignee, version } = card.dataset;
    const [now, before] = [mine, base].map((body) => ({ body, kind, assignee }));
    this.editor.open(card, { draft: { now, before, base: version }, theirs, reason: word("changed-since") });
  }

  #make(event, of, way) {
    if (this.url) this.writes.make(event, this.url, of ? { seq: String(of.seq) } : {}, { ...way, of });
  }
}
