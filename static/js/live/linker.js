// A card let go on another one: what does it say about it?

export class Linker {
  constructor({ writes }) {
    Object.assign(this, { writes });
    this.dialog = document.getElementById("link-dialog");
    this.dialog?.querySelector("form").addEventListener("submit", (event) => this.#link(event));
  }

  ask(card, other) {
    Object.assign(this, { card, other });
    this.dialog.querySelector("[data-this]").textContent = `#${card.dataset.number}`;
    this.dialog.querySelector("[data-that]").textContent = `#${other.dataset.number}`;
    this.dialog.showModal();
  }

  #link(event) {
    const relation = event.submitter?.value;
    if (relation === "cancel") return;
    const url = `${location.pathname}cards/${this.card.dataset.card}/links/`;
    this.writes.make(event, url, { to: this.other.dataset.card, relation }, { verb: "link" });
  }
}
