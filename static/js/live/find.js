// Find on the board: by text, kind and person. What a filter hides stays right while changes arrive.

import { plural } from "../words.js";
import { isInHand } from "./morph.js";

export class Find {
  constructor() {
    this.form = document.getElementById("find");
    this.note = this.form.querySelector("[data-hidden]");
    this.form.addEventListener("input", () => this.apply());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("reset", () => setTimeout(() => this.apply()));
    this.form.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    this.button = document.getElementById("find-open");
    this.button.addEventListener("click", () => (this.form.hidden ? this.open() : this.close()));
    document.addEventListener("focusout", () => this.filtering && setTimeout(() => this.apply()));
  }

  open() {
    this.#show(true);
    this.form.scrollIntoView({ block: "nearest" });
    this.form.elements.text.focus();
  }

  close() {
    this.form.reset();
    this.#show(false);
    this.button.focus();
  }

  #show(shown) {
    this.form.hidden = !shown;
    this.button.setAttribute("aria-expanded", shown);
  }

  // After each change and each keystroke; a card that somebody edits, drags or stands on stays. While nothing is looked for, no card is asked.
  apply() {
    if (this.form.hidden && !this.filtering) return;
    this.filtering = !this.form.hidden;
    const wanted = this.#wanted();
    let hidden = 0;
    for (const card of document.querySelectorAll("#zones .card[data-card]")) {
      const out = !(matches(card.dataset, wanted) || isInHand(card) || card.contains(document.activeElement));
      if (card.classList.contains("is-filtered") !== out) card.classList.toggle("is-filtered", out);
      if (out) hidden += 1;
    }
    const words = hidden ? plural("hidden", hidden) : "";
    if (this.note.textContent !== words) this.note.textContent = words;
  }

  #wanted() {
    const { text, kind, person } = this.form.elements;
    return this.form.hidden ? {} : { text: text.value.trim().toLowerCase(), kind: kind.value, person: person.value };
  }
}

export function matches({ body = "", kind, author, number = "" }, { text = "", kind: wantedKind = "", person = "" }) {
  const found = !text || body.toLowerCase().includes(text) || `#${number}` === text;
  return found && (!wantedKind || kind === wantedKind) && (!person || author === person);
}
