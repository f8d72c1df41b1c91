// A person's own changes: shown at once, marked after 400 ms, taken back with the reason when refused.

import { Outbox } from "./outbox.js";
import { count, insert, provisional } from "./applier.js";
import { gesture } from "./wire.js";
import { toast } from "./toasts.js";

const SAVING_MS = 400;

export class Writes {
  constructor({ wire, main, drafts, onChange }) {
    Object.assign(this, { wire, main, drafts, shown: new Map() });
    const key = `parley:outbox:${main.dataset.slug}:${main.dataset.me}`;
    const on = {
      changed: onChange,
      waiting: () => {},
      sent: (entry, answer) => this.#sent(entry, answer),
      refused: (entry, answer) => this.#refused(entry, answer),
    };
    this.outbox = new Outbox({ post: (entry, cause) => this.#post(entry, cause), storage: localStorage, key, on });
    for (const entry of this.outbox.entries) this.#show(entry);
  }

  // `what`: how to show it at once; `fields`: what the form would have sent.
  make(event, url, fields, what = {}) {
    const { id } = gesture(event);
    const entry = { mid: id, url, fields: { ...fields, mid: id }, what };
    this.#show(entry);
    return this.outbox.add(entry);
  }

  // A change arrived: if it is ours, what stood for it makes room.
  settle(mid) {
    const shown = this.shown.get(mid);
    if (!shown) return;
    clearTimeout(shown.timer);
    shown.node?.classList.remove("is-saving");
    shown.arrived();
    this.shown.delete(mid);
    count();
  }

  #post(entry, cause) {
    const csrf = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
    return this.wire.request({ kind: cause, id: entry.mid }, entry.url, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": csrf },
      body: new URLSearchParams(entry.fields),
      keepalive: true,
    });
  }

  #show(entry) {
    const shown = SHOW[entry.what.verb]?.(entry, this.main) ?? { node: null, arrived() {}, back() {} };
    shown.timer = setTimeout(() => shown.node?.classList.add("is-saving"), SAVING_MS);
    this.shown.set(entry.mid, shown);
    count();
  }

  #sent(entry, answer) {
    const shown = this.shown.get(entry.mid);
    if (shown) clearTimeout(shown.timer);
    shown?.node?.classList.remove("is-saving");
    if (answer.dup && answer.seq <= Number(this.main.dataset.applied ?? 0)) this.settle(entry.mid);
  }

  #refused(entry, answer) {
    const shown = this.shown.get(entry.mid);
    clearTimeout(shown?.timer);
    shown?.node?.classList.remove("is-saving");
    shown?.back();
    this.shown.delete(entry.mid);
    count();
    if (entry.what.draft) this.drafts.keep(entry.what.draft, entry.fields.body);
    const words = answer.detail ?? "The server did not take this. Your text is kept.";
    this.onRefused?.(entry, answer);
    toast(words, "Retry", (event) => this.make(event, entry.url, this.#again(entry, answer), entry.what));
  }

  #again(entry, answer) {
    const version = answer.current?.version;
    return version ? { ...entry.fields, base_version: String(version) } : entry.fields;
  }
}

const SHOW = {
  create({ mid, fields, what }, main) {
    const container = document.getElementById(`cards-${fields.zone}`);
    if (!container) return null;
    const { meInitials: initials, meHue: hue, meName: name } = main.dataset;
    const card = provisional(container, { mid, kind: fields.kind, label: what.label, text: fields.body, initials, hue, name });
    return { node: card, arrived: () => card.remove(), back: () => card.remove() };
  },
  edit({ fields, what }) {
    const card = document.getElementById(`card-${what.card}`);
    const body = card?.querySelector(".card__body");
    if (!body) return null;
    const before = [...body.childNodes];
    if (fields.body !== undefined) body.replaceChildren(fields.body);
    return { node: card, arrived() {}, back: () => body.replaceChildren(...before) };
  },
  move({ fields, what }) {
    const card = document.getElementById(`card-${what.card}`);
    const container = document.getElementById(`cards-${fields.zone}`);
    if (!card || !container) return null;
    const [home, next] = [card.parentElement, card.nextElementSibling];
    const after = fields.after ? document.getElementById(`card-${fields.after}`) : null;
    container.insertBefore(card, after ? after.nextElementSibling : container.firstElementChild);
    const back = () => {
      home.insertBefore(card, next?.parentElement === home ? next : null);
      insert(home, card);
      card.classList.add("is-back");
      setTimeout(() => card.classList.remove("is-back"), SAVING_MS);
    };
    return { node: card, arrived() {}, back };
  },
  delete({ what }) {
    const card = document.getElementById(`card-${what.card}`);
    if (!card) return null;
    card.hidden = true;
    const back = () => {
      card.hidden = false;
    };
    return { node: card, arrived() {}, back };
  },
};
