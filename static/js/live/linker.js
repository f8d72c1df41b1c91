// A card let go on another one: what does it say about it? Asked in a small menu where it was let go.

export class Linker {
  constructor({ writes }) {
    Object.assign(this, { writes });
    this.menu = document.getElementById("link-menu");
    this.menu?.addEventListener("click", (event) => this.#link(event));
    this.menu?.addEventListener("toggle", (event) => event.newState === "closed" && this.card.focus());
  }

  ask(card, other, { x, y }) {
    Object.assign(this, { card, other });
    this.menu.querySelector("[data-this]").textContent = `#${card.dataset.number}`;
    this.menu.querySelector("[data-that]").textContent = `#${other.dataset.number}`;
    this.menu.showPopover();
    const { offsetWidth: width, offsetHeight: height, style } = this.menu;
    style.left = `${Math.max(8, Math.min(x - width / 2, innerWidth - width - 8))}px`;
    style.top = `${Math.max(8, Math.min(y - height / 2, innerHeight - height - 8))}px`;
    this.menu.querySelector("button").focus();
  }

  #link(event) {
    const relation = event.target.closest("button")?.value;
    if (relation === undefined) return;
    this.menu.hidePopover();
    if (!relation) return;
    const url = `${location.pathname}cards/${this.card.dataset.card}/links/`;
    this.writes.make(event, url, { to: this.other.dataset.card, relation }, { verb: "link" });
  }
}
