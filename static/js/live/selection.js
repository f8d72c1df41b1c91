// Several cards at once: chosen with `x`, with Ctrl and a click, or in the menu and then by tapping; moved as one change.

import { plural, word } from "../words.js";

export class Selection {
  constructor({ writes }) {
    Object.assign(this, { writes });
    this.form = document.getElementById("selection");
    document.getElementById("zones").addEventListener("click", (event) => this.#click(event));
    this.form.addEventListener("submit", (event) => this.#move(event));
    this.form.addEventListener("reset", () => this.clear());
  }

  toggle(card) {
    const chosen = card.classList.toggle("is-selected");
    if (chosen) card.setAttribute("aria-description", word("selected"));
    else card.removeAttribute("aria-description");
    this.tell();
  }

  clear() {
    for (const card of this.#cards()) this.toggle(card);
  }

  // Also after each change: a selected card may have been deleted.
  tell() {
    const count = this.#cards().length;
    if (this.form.hidden === Boolean(count)) this.form.hidden = !count;
    const words = plural("selected", count);
    const label = this.form.querySelector("output");
    if (label.textContent !== words) label.textContent = words;
  }

  #cards() {
    return [...document.querySelectorAll("#zones .card.is-selected[data-card]")];
  }

  #click(event) {
    const card = event.target.closest("[data-card]");
    const taps = !this.form.hidden && event.pointerType === "touch";
    if (!card || !(event.ctrlKey || event.metaKey || taps) || event.target.closest("a, button, form")) return;
    event.preventDefault();
    this.toggle(card);
  }

  #move(event) {
    event.preventDefault();
    const cards = this.#cards().map((card) => card.dataset.card);
    if (!cards.length) return;
    this.writes.make(event, this.form.action, { cards: cards.join(","), zone: this.form.elements.zone.value }, { verb: "move-many" });
    this.clear();
  }
}
