// The board by keyboard: capture, walk from card to card, act on the one in focus.

import { commandOf, sheet } from "../keys.js";
import { word } from "../words.js";
import { cardsIn, focusOn } from "./focus.js";

const OFF = "parley:single-keys-off";
const MUTED = "parley:announcements-off";
// Where a letter is text. A button that chooses is none.
const WRITING = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable], form.editor";

export class Keyboard {
  // `acts`: name of a command -> what it does, given the event, the card in focus and the command.
  constructor({ acts, storage }) {
    Object.assign(this, { acts, storage });
    this.dialog = document.getElementById("keys-dialog");
    document.addEventListener("keydown", (event) => this.#key(event));
    this.dialog.addEventListener("input", (event) => this.#filter(event));
    this.dialog.addEventListener("click", (event) => this.#pick(event));
    this.dialog.addEventListener("keydown", (event) => this.#step(event));
    this.dialog.querySelector("form").addEventListener("submit", (event) => this.#first(event));
  }

  get singles() {
    return this.storage?.getItem(OFF) !== "1";
  }

  // `?` and the palette are one dialog: every command with its keys, found by typing.
  open() {
    this.card = cardInFocus();
    const list = this.dialog.querySelector("[data-commands]");
    const rows = sheet().filter((row) => this.can(row));
    list.replaceChildren(...rows.map((row) => this.#row(row)));
    this.dialog.querySelector("[data-singles]").checked = this.singles;
    this.dialog.querySelector("[data-announce]").checked = !isMuted(this.storage);
    this.dialog.querySelector("[name=find]").value = "";
    this.dialog.showModal();
  }

  #row({ name, keys }) {
    const item = this.dialog.querySelector("template").content.firstElementChild.cloneNode(true);
    item.querySelector("button").dataset.command = name;
    item.querySelector("b").textContent = word(`key-${name}`);
    item.querySelector("span").append(...keys.map(keyCap));
    return item;
  }

  #key(event) {
    if (!event.isTrusted || event.defaultPrevented || document.querySelector("dialog:modal, [popover]:popover-open")) return;
    if (event.key === "Escape" && !event.isComposing && event.target.closest("#zones [data-composer]")) return this.#leave(event);
    const card = cardInFocus();
    const writing = event.target.closest(WRITING) !== null;
    const command = commandOf(event, { writing, onCard: Boolean(card), singles: this.singles });
    const followed = event.key === "Enter" && event.target.closest("button, summary, a");
    if (!command || followed || !this.can(command)) return undefined;
    event.preventDefault();
    return this.#run(command.name, event, card);
  }

  can({ name }) {
    return name.split("-")[0] in this.acts;
  }

  #run(name, event, card) {
    const [verb, kind] = name.split("-");
    if (verb === "capture") this.from = card ?? this.from;
    this.acts[verb](event, card, kind);
  }

  // Out of a composer, back to where one was; what was written stays as a draft.
  #leave(event) {
    event.preventDefault();
    event.target.blur();
    if (this.from?.isConnected) this.from.focus();
    this.from = null;
  }

  #filter(event) {
    const setting = event.target.matches("[data-singles]") ? OFF : event.target.matches("[data-announce]") ? MUTED : "";
    if (setting) {
      if (event.target.checked) this.storage?.removeItem(setting);
      else this.storage?.setItem(setting, "1");
      return;
    }
    const wanted = event.target.value.trim().toLowerCase();
    for (const item of this.dialog.querySelectorAll("[data-commands] > li")) {
      item.hidden = !item.textContent.toLowerCase().includes(wanted);
    }
  }

  // Up and down through what was found; typing goes on finding.
  #step(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const stops = [...this.dialog.querySelectorAll("[name=find], [data-commands] > li:not([hidden]) button")];
    const at = stops.indexOf(document.activeElement);
    stops.at((Math.max(at, step < 0 ? 0 : -1) + step) % stops.length).focus();
  }

  #first(event) {
    event.preventDefault();
    this.#choose(this.dialog.querySelector("[data-commands] > li:not([hidden]) button")?.dataset.command, event);
  }

  #pick(event) {
    if (event.target.closest("[data-close]")) this.dialog.close();
    else this.#choose(event.target.closest("[data-command]")?.dataset.command, event);
  }

  #choose(name, event) {
    if (!name) return;
    this.dialog.close();
    this.card?.focus();
    this.#run(name, event, this.card);
  }
}

// Nobody is told of others' changes who does not want to be.
export function isMuted(storage) {
  return storage?.getItem(MUTED) === "1";
}

export function cardInFocus() {
  return document.activeElement?.closest?.("#zones .card") ?? null;
}

// The cards as they are read: zone by zone, from the top.
export function walk(card, step) {
  const cards = cardsIn(document.getElementById("zones")).filter((one) => one.getClientRects().length);
  const at = cards.indexOf(card);
  focusOn(cards[at < 0 ? 0 : Math.max(0, Math.min(cards.length - 1, at + step))]);
}

export function walkZones(card, step) {
  const zones = [...document.querySelectorAll("#zones > [data-zone]")].filter((zone) => cardsIn(zone).length);
  const at = zones.indexOf(card?.closest(".zone"));
  const zone = zones[at < 0 ? 0 : (at + step + zones.length) % zones.length];
  focusOn(zone && cardsIn(zone)[0]);
}

// The composer of the zone one is in, with the kind chosen.
export function capture(kind) {
  const form = zoneInView()?.querySelector("[data-composer]:not([hidden])");
  const radio = form?.querySelector(`[name=kind][value="${CSS.escape(kind)}"]`);
  if (!radio) return;
  radio.checked = true;
  form.elements.body.focus();
}

// Where the focus is; else what is on the screen, Active first.
function zoneInView() {
  const zones = [...document.querySelectorAll("#zones > .zone")];
  const shown = zones.filter((zone) => {
    const { top, bottom, height } = zone.getBoundingClientRect();
    return height && bottom > 0 && top < innerHeight;
  });
  return document.activeElement.closest("#zones > .zone") ?? shown.find((zone) => zone.matches(".zone--active")) ?? shown[0] ?? zones[0];
}

function keyCap(text) {
  const cap = document.createElement("kbd");
  cap.textContent = text;
  return cap;
}
