// A person's own changes: shown at once, marked after 400 ms, taken back with the reason when refused.

import { word } from "../words.js";
import { count } from "./applier.js";
import { showAtOnce } from "./optimistic.js";
import { Outbox } from "./outbox.js";
import { toast } from "./toasts.js";
import { csrf, gesture } from "./wire.js";

const SAVING_MS = 400;
const PATIENCE_MS = 20_000; // a reply that takes longer counts as lost

export class Writes {
  // `seq()`: the change up to which the page shows all. `on.refused(entry, answer)`: give the text back; true when all is
  // said. `on.limited(name, ms)`: a limit, or a busy server, makes it wait. `drafted(what)`: the server has a draft of it.
  constructor({ wire, main, storage, seq, on, drafted = () => false }) {
    Object.assign(this, { wire, main, seq, on, drafted, shown: new Map() });
    this.outbox = new Outbox({
      post: (entry, cause) => this.#post(entry, cause),
      storage,
      prefix: `parley:outbox:${main.dataset.slug}:${main.dataset.me}:`,
      on: {
        changed: () => on.changed(),
        waits(_entry, answer, limit, ms) {
          if (limit && ms !== null) on.limited(limit, ms);
          else if (answer.detail) toast(answer.detail, { key: "waits" });
        },
        sent: (entry, answer) => this.#sent(entry, answer),
        refused: (entry, answer, status) => this.#refused(entry, answer, status),
        dropped: (entry) => this.settle(entry.mid),
      },
    });
    for (const entry of this.outbox.entries) this.#show(entry);
  }

  // `what`: how to show it at once; `fields`: what the form would have sent.
  make(event, url, fields, what = {}) {
    const cause = gesture(event);
    const more = this.drafted(what) ? { drafted: "1" } : {};
    const entry = { mid: cause.id, url, fields: { ...fields, ...more, mid: cause.id }, what };
    this.#show(entry);
    return this.outbox.add(entry, cause);
  }

  // A change arrived: if it is ours, what stood for it makes room.
  settle(mid) {
    const shown = this.#off(mid);
    if (!shown) return;
    shown.arrived();
    count();
  }

  // An own change came without its html. True when what was shown at once is all there is to see of it.
  stands({ mid, data }) {
    const node = this.shown.get(mid)?.node;
    if (!node || node.matches(".is-own")) return false; // that stands for something that is not there yet
    if (data.rank) Object.assign(node.dataset, { zone: data.zone.after, rank: data.rank.after });
    // Somebody else's change of it that was left out, too, must stay a conflict.
    if (data.version === Number(node.dataset.version) + 1) node.dataset.version = data.version;
    if (node.matches(".is-leaving")) node.remove();
    this.settle(mid);
    return true;
  }

  // Everything up to what the page shows now has arrived, also what a snapshot brought.
  settleAll() {
    for (const [mid, { seq }] of [...this.shown]) if (seq && seq <= this.seq()) this.settle(mid);
  }

  #post(entry, cause) {
    return this.wire.request(cause, entry.url, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": csrf() },
      body: new URLSearchParams(entry.fields),
      keepalive: true,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  }

  #show(entry) {
    const shown = showAtOnce(entry, this.main);
    shown.timer = setTimeout(() => shown.node?.classList.add("is-saving"), SAVING_MS);
    this.shown.set(entry.mid, shown);
    count();
  }

  #off(mid) {
    const shown = this.shown.get(mid);
    clearTimeout(shown?.timer);
    shown?.node?.classList.remove("is-saving");
    this.shown.delete(mid);
    return shown;
  }

  #sent(entry, answer) {
    const shown = this.shown.get(entry.mid);
    if (shown) {
      clearTimeout(shown.timer);
      shown.node?.classList.remove("is-saving");
      shown.seq = answer.seq;
      this.settleAll();
    }
    this.#rebase(entry, answer);
    this.on.sent(entry, answer);
  }

  // What waits behind it knew this change, so it is no conflict, unless somebody else's came in between.
  #rebase({ what, fields }, { card }) {
    const base = fields.base_version;
    if (card?.version !== Number(base) + 1) return;
    for (const later of this.outbox.entries) {
      if (later.what.card === what.card && later.fields.base_version === base) later.fields.base_version = String(card.version);
    }
  }

  #refused(entry, answer, status) {
    this.#off(entry.mid)?.back();
    count();
    if (this.on.refused(entry, answer, status)) return;
    const act = (event) => {
      this.on.retried(entry);
      this.make(event, entry.url, again(entry, answer), entry.what);
    };
    toast(answer.detail ?? word("refused"), { label: word("retry"), act });
  }
}

// The same once more, knowing what the card is now.
function again({ fields }, answer) {
  const version = answer.current?.version;
  return version ? { ...fields, base_version: String(version) } : fields;
}
