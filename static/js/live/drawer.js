// Everything about one card beside the board: replies, marks, links, how it ends. The stream keeps it fresh.

import { word } from "../words.js";
import { detailOf } from "./applier.js";
import { gesture } from "./wire.js";

const LINKS = "[data-card-talk], [data-detail-link], .card__no";

export class Drawer {
  // `give(form)`: its draft. `leftAt`: when this person looked last, as text; replies since then are marked. `wake()`: something may now be shown that has drafts or times in it.
  constructor({ wire, give, main, wake, leftAt = "" }) {
    Object.assign(this, { wire, give, main, wake, leftAt, card: "" });
    this.element = document.getElementById("drawer");
    this.body = this.element.querySelector("[data-drawer-body]");
    document.addEventListener("click", (event) => this.#click(event));
    this.element.querySelector("[data-close]").addEventListener("click", () => this.close());
    this.element.addEventListener("keydown", (event) => this.#keys(event));
  }

  async open(url, event) {
    const cause = gesture(event);
    this.from = document.activeElement;
    try {
      const response = await this.wire.request(cause, url, { headers: { Accept: "text/html" } });
      const detail = response.status === 200 && detailOf(await response.text());
      if (detail) this.#show(detail);
      else location.assign(url);
    } catch {
      location.assign(url); // the browser says why
    }
  }

  close() {
    this.element.close();
    this.card = "";
    this.body.replaceChildren();
    const card = this.from?.isConnected ? this.from : null;
    card?.focus();
  }

  // After each change: what the card says of itself is said here, too.
  tell(change) {
    if (!this.card) return;
    const card = document.getElementById(`card-${this.card}`);
    if (!card || (!change && !this.body.contains(document.activeElement))) return this.close();
    this.element.querySelector("[data-drawer-title]").textContent = `#${card.dataset.number} ${card.dataset.body.slice(0, 80)}`;
    for (const form of this.body.querySelectorAll("[data-reaction-form]")) this.#mark(form, card);
    return undefined;
  }

  #show(detail) {
    this.card = detail.dataset.detail;
    this.body.replaceChildren(detail);
    if (!this.element.open) this.element.show();
    for (const form of this.body.querySelectorAll("form[data-draft]")) this.give(form);
    for (const reply of this.body.querySelectorAll(".reply")) {
      const theirs = reply.dataset.author !== this.main.dataset.me;
      if (this.leftAt && theirs && reply.dataset.rank > this.leftAt) reply.classList.add("is-since");
    }
    this.tell({});
    this.wake();
    this.body.querySelector("#acts textarea, #acts button, [data-reply-composer] textarea, summary")?.focus({ preventScroll: true });
    this.element.scrollTop = 0;
  }

  #mark(form, card) {
    const chip = card.querySelector(`[data-reaction="${form.dataset.reactionForm}"]`);
    const who = (chip?.dataset.who ?? "").split(" ").filter(Boolean);
    const button = form.querySelector("button");
    const mine = who.includes(this.main.dataset.me);
    button.setAttribute("aria-pressed", String(mine));
    button.setAttribute("formaction", mine ? form.dataset.remove : form.dataset.add);
    button.querySelector("[data-mark-count]").textContent = who.length || "";
  }

  #click(event) {
    const link = event.target.closest(LINKS);
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
    if (!link?.closest("#zones, #drawer") || !plain || !event.isTrusted) return;
    event.preventDefault();
    this.open(link.getAttribute("href"), event);
  }

  #keys(event) {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    this.close();
  }
}

// The change named somebody: their list has one more line.
export function countMention(change, main) {
  if (!change?.data?.mentions?.includes(main.dataset.meUsername)) return;
  const badge = document.getElementById("unseen");
  const count = Number(badge?.dataset.count ?? 0) + 1;
  if (!badge) return;
  badge.dataset.count = count;
  badge.textContent = count;
}

// What a form of the drawer does, in words for the toast.
export function verbOf(form) {
  const { verb, draft } = form.dataset;
  return verb && word(`did-${verb}`) ? { verb, draft } : {};
}
