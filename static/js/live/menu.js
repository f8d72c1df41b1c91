// The menu of a card, and the dialog that moves it: zone and position, without dragging.

import { word } from "../words.js";
import { focusOn, neighbour } from "./focus.js";

export class CardMenu {
  constructor({ writes, editor, select }) {
    Object.assign(this, { writes, editor, select });
    this.menu = document.getElementById("card-menu");
    this.dialog = document.getElementById("move-dialog");
    if (!this.menu) return;
    document.addEventListener("click", (event) => this.#open(event));
    this.menu.addEventListener("click", (event) => this.#act(event));
    this.dialog.querySelector("[name=zone]").addEventListener("change", () => this.#positions());
    this.dialog.querySelector("form").addEventListener("submit", (event) => this.#move(event));
  }

  #open(event) {
    const link = event.target.closest("[data-card-menu]");
    const card = link?.closest("[data-card]");
    if (!card?.closest("#zones") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.card = card;
    this.menu.querySelector("[data-action=open]").href = link.href;
    this.menu.showPopover();
    const spot = link.getBoundingClientRect();
    const width = this.menu.offsetWidth;
    this.menu.style.left = `${Math.max(8, Math.min(spot.right - width, innerWidth - width - 8))}px`;
    this.menu.style.top = `${Math.min(spot.bottom + 4, innerHeight - this.menu.offsetHeight - 8)}px`;
    this.menu.querySelector("button").focus();
  }

  #act(event) {
    const action = event.target.closest("[data-action]")?.dataset.action;
    if (!action || action === "open") return;
    this.menu.hidePopover();
    const card = document.getElementById(this.card.id);
    if (!card) return;
    if (action === "edit") this.editor.open(card);
    if (action === "move") this.ask(card);
    if (action === "select") this.select(card);
    if (action === "delete") this.remove(event, card);
  }

  remove(event, card) {
    const url = `${location.pathname}cards/${card.dataset.card}/delete/`;
    focusOn(neighbour(card));
    this.writes.make(event, url, {}, { verb: "delete", card: card.dataset.card });
  }

  // As of the version that was seen when the drag began: it does not move back what somebody else has moved.
  drop(event, { dataset: { card } }, { zone, after, version }) {
    const fields = { zone, after, base_version: version };
    this.writes.make(event, `${location.pathname}cards/${card}/move/`, fields, { verb: "move", card });
  }

  ask(card) {
    const select = this.dialog.querySelector("[name=zone]");
    const zones = [...document.querySelectorAll("#zones > [data-zone]")];
    select.replaceChildren(...zones.map((zone) => new Option(zone.querySelector("h2").textContent, zone.dataset.zone)));
    select.value = card.dataset.zone;
    this.card = card;
    this.#positions();
    this.dialog.showModal();
  }

  #positions() {
    const zone = this.dialog.querySelector("[name=zone]").value;
    const others = [...document.querySelectorAll(`#cards-${CSS.escape(zone)} > [data-card]`)];
    const options = others.filter((other) => other !== this.card).map((other) => new Option(after(other), other.dataset.card));
    const select = this.dialog.querySelector("[name=after]");
    select.replaceChildren(new Option(word("top"), ""), ...options);
    select.selectedIndex = select.options.length - 1;
  }

  #move(event) {
    if (event.submitter?.value !== "move") return;
    const { zone, after } = event.target.elements;
    const { card, version } = this.card.dataset;
    const fields = { zone: zone.value, after: after.value, base_version: version };
    const beside = neighbour(this.card);
    this.writes.make(event, `${location.pathname}cards/${card}/move/`, fields, { verb: "move", card });
    focusOn(this.card.getClientRects().length ? this.card : beside); // a phone shows one zone, and stays there
  }
}

function after({ dataset }) {
  return word("after", { number: dataset.number, text: dataset.body.slice(0, 40) });
}
