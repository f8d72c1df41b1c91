// Presence, typing, cursors and following: what others do, and what they are told of this person.

import { word } from "../words.js";
import { Cursors } from "./cursors.js";
import { Follow, leaveOnOwnAct, scrollToCard } from "./follow.js";
import { Overlay } from "./overlay.js";
import { Avatars } from "./presence.js";
import { GAP_MS, Pulses } from "./pulses.js";
import { Senses } from "./senses.js";
import { Signs } from "./signs.js";
import { csrf } from "./wire.js";

const PER_PERSON_MS = 4; // so that all together stay below what the server takes
const PATIENCE_MS = 5000;

export class Indicators {
  // `isOpen()`: the stream is, in this tab or in the one that reads it for all.
  constructor({ main, wire, storage, isOpen }) {
    Object.assign(this, { main, wire, isOpen, last: null, ended: new AbortController() });
    const { signal } = this.ended;
    const root = document.getElementById("here");
    const me = main.dataset.me;
    this.overlay = new Overlay();
    this.note = document.getElementById("following");
    this.follow = new Follow({ show: scrollToCard, onChange: (person) => this.#following(person) });
    const onPick = (person) => this.follow.pick(person);
    this.avatars = new Avatars({ root, me, say: word, cardName, onPick });
    this.signs = new Signs({ overlay: this.overlay, say: word });
    const person = (id) => this.avatars.person(id);
    const button = root.querySelector("[data-hide-cursors]");
    this.cursors = new Cursors({ overlay: this.overlay, person, button, storage });
    button?.addEventListener("click", () => this.#draw(), { signal });
    leaveOnOwnAct(this.follow, { except: root, signal });
    addEventListener("resize", () => this.overlay.place(), { signal });
    if (root.dataset.shares === "on") this.#sense(root.dataset, signal);
  }

  // What others do on this card, in words; empty for nothing.
  on(card) {
    return this.signs.said.get(card.id) ?? "";
  }

  // An event of the stream: nothing here sends anything.
  receive(event) {
    if (event.type === "presence") {
      this.last = event;
      this.#meet(JSON.parse(event.data));
    } else if (event.type === "pulse") {
      for (const pulse of JSON.parse(event.data).pulses) this.#feel(pulse);
      this.#draw();
    }
  }

  // A change was applied: its author has finished typing it, and the layout is another one.
  changed(change) {
    if (change?.actor) this.signs.saw(change.actor.id, null);
    this.#draw();
    this.overlay.place();
  }

  stream(state) {
    this.avatars.fade(state !== "open");
  }

  stop() {
    this.ended.abort();
    this.pulses?.stop();
    this.overlay.close();
    clearTimeout(this.timer);
  }

  #meet({ people, more }) {
    this.avatars.show(people, this.follow.person?.id, more);
    this.follow.among(people);
    this.#draw();
  }

  #feel({ id, cursor, typing, focus, editing }) {
    if (id === this.main.dataset.me) return;
    if (cursor !== undefined) this.cursors.saw(id, cursor);
    if (typing !== undefined) this.signs.saw(id, typing);
    const person = this.avatars.person(id);
    if (!person) return;
    person.idle = false;
    if (editing !== undefined) person.editing = editing;
    if (focus === undefined) return;
    person.card = focus;
    this.follow.saw(id, focus);
  }

  #draw() {
    clearTimeout(this.timer);
    this.overlay.keepOnly(new Set([...this.cursors.show(), ...this.signs.show(this.avatars.others)]));
    const ends = [this.cursors.pointing.next(), this.signs.typing.next()].filter((ms) => ms !== null);
    if (ends.length) this.timer = setTimeout(() => this.#draw(), Math.min(...ends) + 1);
  }

  #following(person) {
    this.note.hidden = !person;
    this.note.textContent = person ? word("following", { name: person.name }) : "";
    this.avatars.show(this.avatars.people, person?.id);
  }

  #sense({ pulse, cursors }, signal) {
    const { main, wire } = this;
    this.pulses = new Pulses({
      send: (body, cause) => wire.request(cause, pulse, post(body)),
      may: () => document.visibilityState === "visible" && this.isOpen(),
      gap: () => Math.max(GAP_MS, this.avatars.people.length * PER_PERSON_MS),
    });
    new Senses({ main, wire, pulses: this.pulses, cursors: cursors === "on", signal });
  }
}

function post(body) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf() };
  return { method: "POST", headers, body, signal: AbortSignal.timeout(PATIENCE_MS) };
}

function cardName(id) {
  const number = id && document.getElementById(id)?.dataset.number;
  return number ? `#${number}` : "";
}
