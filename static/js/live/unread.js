// What was missed, shown: "Caught up", dots on exactly those cards, the count in the tab's title and icon.

import { plural, word } from "../words.js";
import { CatchUp } from "./catchup.js";
import { toast } from "./toasts.js";

const LOOKED_MS = 4000; // a dot in view for so long was seen
const TOLD_MS = 700; // a replay arrives in pieces; it is told once

export class Unread {
  constructor({ main, storage }) {
    Object.assign(this, { main, storage, key: `parley:seen:${main.dataset.slug}:${main.dataset.me}` });
    this.name();
    const page = { epoch: main.dataset.epoch, seq: Number(main.dataset.seq) };
    this.left = this.#read();
    this.catchup = new CatchUp({ left: this.left, page, me: main.dataset.me });
    this.back = true; // the first changes are those since the last visit
    this.eyes = new IntersectionObserver((seen) => this.#watch(seen));
    this.icon = document.querySelector("link[rel=icon]");
    this.plain = this.icon?.href;
    document.addEventListener("visibilitychange", () => this.#look());
    document.getElementById("zones").addEventListener("focusin", (event) => this.#seen(event.target.closest(".card")));
    if (this.catchup.far) toast(word("caught-up-far"), { label: word("show"), act: () => location.assign(main.dataset.activity) });
    this.#keep();
  }

  // The board may have got another name.
  name() {
    const title = `${document.getElementById("board-title").textContent} · Parley`;
    if (title === this.title) return;
    this.title = title;
    if (this.catchup) this.#count();
  }

  get since() {
    return this.catchup.since;
  }

  // A change of the stream: `old` when the page was rendered with it already.
  change(change, { old = false } = {}) {
    const away = old || document.visibilityState === "hidden";
    if (!away) this.catchup.saw(change);
    else if (this.catchup.missed(change)) this.#mark(change);
    this.#keep();
  }

  // The page stood still for a while: what comes now was missed.
  caughtUp() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.#tell(), TOLD_MS);
  }

  #mark() {
    for (const uid of this.catchup.cards) {
      const card = document.getElementById(`card-${uid}`);
      if (!card || card.classList.contains("is-unread")) continue;
      card.classList.add("is-unread");
      this.eyes.observe(card);
    }
    this.#count();
    if (document.visibilityState === "visible") this.caughtUp();
  }

  #tell() {
    const { changes, people, cards } = this.catchup;
    if (!changes || document.visibilityState === "hidden") return;
    const words = word("caught-up", { changes: plural("changes", changes), people: plural("people", people.size) });
    const first = () => document.querySelector(".card.is-unread") ?? document.getElementById(`card-${[...cards][0]}`);
    const act = () => first()?.scrollIntoView({ block: "center", behavior: "smooth" });
    toast(words, first() ? { label: word("show"), act, key: "caught-up" } : { key: "caught-up" });
    this.catchup.clear();
    this.#count();
  }

  #look() {
    this.#keep();
    if (document.visibilityState === "visible" && this.catchup.changes) this.caughtUp();
  }

  #watch(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) setTimeout(() => this.#inView(target) && this.#seen(target), LOOKED_MS);
    }
  }

  #inView(card) {
    const { top, bottom } = card.getBoundingClientRect();
    return document.visibilityState === "visible" && bottom > 0 && top < innerHeight;
  }

  #seen(card) {
    if (!card?.classList.contains("is-unread")) return;
    card.classList.remove("is-unread");
    this.eyes.unobserve(card);
  }

  #count() {
    const { changes } = this.catchup;
    const hidden = document.visibilityState === "hidden" && changes;
    document.title = hidden ? `(${changes}) ${this.title}` : this.title;
    const href = hidden ? this.main.dataset.iconUnread : this.plain;
    if (this.icon && this.icon.href !== href) this.icon.href = href;
  }

  #keep() {
    if (document.visibilityState === "hidden") return;
    const seen = { epoch: this.main.dataset.epoch, seq: this.catchup.seq, at: new Date().toISOString() };
    try {
      this.storage?.setItem(this.key, JSON.stringify(seen));
    } catch {
      // Storage is full: the next visit starts from its own page.
    }
  }

  #read() {
    try {
      return JSON.parse(this.storage?.getItem(this.key) ?? "null");
    } catch {
      return null;
    }
  }
}
