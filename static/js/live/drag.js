// Dragging cards with mouse, pen or finger. The drop says which version it began with and after which card it goes.

import { insert } from "./applier.js";

const SLACK = 6; // pixels before a press becomes a drag
const PRESS_MS = 300; // on touch a drag begins with a long press, so that scrolling stays
const EDGE = 48; // pixels from the edge of the window where it scrolls

export class Drag {
  // `drop(event, card, {zone, after, version})`, `link(card, other)`: let go in the middle of another card.
  constructor({ drop, link }) {
    Object.assign(this, { drop, link, held: null });
    const zones = document.getElementById("zones");
    zones.addEventListener("pointerdown", (event) => this.#press(event));
    zones.addEventListener("touchmove", (event) => this.held?.ghost && event.preventDefault(), { passive: false });
    document.addEventListener("pointermove", (event) => this.#move(event));
    document.addEventListener("pointerup", (event) => this.#release(event));
    document.addEventListener("pointercancel", () => this.cancel());
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.held?.ghost && this.cancel());
    zones.addEventListener("click", (event) => this.#click(event), { capture: true });
  }

  cancel() {
    const { card, ghost } = this.held ?? {};
    this.#end();
    if (ghost) insert(document.getElementById(`cards-${card.dataset.zone}`), card);
  }

  #press(event) {
    const card = event.target.closest("[data-card]");
    const busy = event.target.closest("a, button, input, textarea, select, form, summary");
    if (!card || busy || event.button || !event.isPrimary || !event.isTrusted) return;
    this.held = { card, x: event.clientX, y: event.clientY, id: event.pointerId, version: card.dataset.version };
    if (event.pointerType === "touch") this.held.timer = setTimeout(() => this.#lift(), PRESS_MS);
  }

  #move(event) {
    const { held } = this;
    if (!held || event.pointerId !== held.id) return;
    const far = Math.hypot(event.clientX - held.x, event.clientY - held.y) > SLACK;
    if (!held.ghost && event.pointerType === "touch") return far ? this.#end() : undefined;
    if (!held.ghost && far) this.#lift();
    if (!held.ghost) return undefined;
    this.#follow(event);
    return undefined;
  }

  #lift() {
    const { held } = this;
    const box = held.card.getBoundingClientRect();
    held.ghost = held.card.cloneNode(true);
    held.ghost.removeAttribute("id");
    held.ghost.setAttribute("aria-hidden", "true");
    held.ghost.classList.add("is-ghost");
    Object.assign(held.ghost.style, { width: `${box.width}px`, left: `${box.left}px`, top: `${box.top}px` });
    Object.assign(held, { dx: held.x - box.left, dy: held.y - box.top });
    document.body.append(held.ghost);
    held.card.classList.add("is-held");
    held.card.dataset.held = "";
    getSelection()?.removeAllRanges();
  }

  #follow(event) {
    const { card, ghost, dx, dy } = this.held;
    Object.assign(ghost.style, { left: `${event.clientX - dx}px`, top: `${event.clientY - dy}px` });
    if (event.clientY < EDGE) scrollBy(0, -EDGE / 4);
    if (event.clientY > innerHeight - EDGE) scrollBy(0, EDGE / 4);
    const under = document.elementFromPoint(event.clientX, event.clientY);
    const other = under?.closest("#zones .card[data-card]");
    this.#aim(other && other !== card && inTheMiddle(other, event) ? other : null);
    if (this.held.on) return;
    const cards = under?.closest("#zones .zone")?.querySelector(".cards");
    if (!cards) return;
    const before = other && other !== card ? (isBefore(other, event) ? other : other.nextElementSibling) : null;
    if (!other || other !== card) place(cards, card, other ? before : null);
  }

  #aim(other) {
    if (this.held.on === other) return;
    this.held.on?.classList.remove("is-aimed");
    other?.classList.add("is-aimed");
    this.held.on = other;
  }

  #release(event) {
    const { held } = this;
    if (!held || event.pointerId !== held.id) return;
    if (!held.ghost) {
      this.#end();
      return;
    }
    const { card, version, on } = held;
    const zone = card.closest(".zone").dataset.zone;
    const after = previous(card)?.dataset.card ?? "";
    this.#end();
    this.dropped = true;
    setTimeout(() => (this.dropped = false));
    if (on) {
      insert(document.getElementById(`cards-${card.dataset.zone}`), card);
      this.link(card, on);
    } else {
      this.drop(event, card, { zone, after, version });
    }
  }

  // The click that ends a drag is none.
  #click(event) {
    if (!this.dropped) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #end() {
    const { card, ghost, timer, on } = this.held ?? {};
    clearTimeout(timer);
    ghost?.remove();
    on?.classList.remove("is-aimed");
    card?.classList.remove("is-held");
    delete card?.dataset.held;
    this.held = null;
  }
}

function previous(card) {
  let before = card.previousElementSibling;
  while (before && !before.matches("[data-card]")) before = before.previousElementSibling;
  return before;
}

function place(cards, card, before) {
  if (card.parentElement === cards && card.nextElementSibling === before) return;
  cards.insertBefore(card, before);
}

function isBefore(other, { clientX, clientY }) {
  const { left, top, width, height } = other.getBoundingClientRect();
  const wide = other.parentElement.clientWidth > width * 1.5;
  return wide ? clientX < left + width / 2 : clientY < top + height / 2;
}

// The middle third in both directions: far from where a card would go beside it.
function inTheMiddle(other, { clientX, clientY }) {
  const { left, top, width, height } = other.getBoundingClientRect();
  return Math.abs(clientX - left - width / 2) < width / 6 && Math.abs(clientY - top - height / 2) < height / 6;
}
