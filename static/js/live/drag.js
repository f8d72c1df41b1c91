// Dragging cards with mouse, pen or finger. The drop says which version it began with and after which card it goes.

import { insert } from "./applier.js";
import { inTheMiddle, isBefore, scrollStep } from "./geometry.js";
import { shift } from "./morph.js";

const SLACK = 6; // pixels before a press becomes a drag
const PRESS_MS = 300; // on touch a drag begins with a long press, so that scrolling stays
const DWELL_MS = 400; // over the middle of a card, or over a zone's tab, until something happens

export class Drag {
  // `drop(event, card, {zone, after, version})`; `link(card, other, spot)`: let go on another card; `lost()`: it was deleted meanwhile.
  constructor({ drop, link, lost }) {
    Object.assign(this, { drop, link, lost, held: null });
    const zones = document.getElementById("zones");
    zones.addEventListener("pointerdown", (event) => this.#press(event));
    zones.addEventListener("touchmove", (event) => this.held?.ghost && event.cancelable && event.preventDefault(), { passive: false });
    zones.addEventListener("click", (event) => this.#click(event), { capture: true });
    document.addEventListener("pointermove", (event) => this.#move(event));
    document.addEventListener("pointerup", (event) => this.#release(event));
    document.addEventListener("pointercancel", () => this.cancel());
    document.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    for (const own of ["contextmenu", "dragstart"]) {
      document.addEventListener(own, (event) => this.held && event.preventDefault());
    }
  }

  cancel() {
    const { card, ghost } = this.held ?? {};
    this.#end();
    if (ghost) this.#home(card);
  }

  #press(event) {
    const card = event.target.closest("[data-card]");
    const busy = event.target.closest("a, button, input, textarea, select, form, summary");
    if (!card || busy || event.button || !event.isPrimary || !event.isTrusted) return;
    const { clientX: x, clientY: y, pointerId: id } = event;
    this.held = { card, x, y, fromX: x, fromY: y, id, version: card.dataset.version };
    if (event.pointerType === "touch") this.held.timer = setTimeout(() => this.#lift(), PRESS_MS);
  }

  #move(event) {
    const { held } = this;
    if (event.pointerId !== held?.id) return;
    Object.assign(held, { x: event.clientX, y: event.clientY });
    const far = Math.hypot(held.x - held.fromX, held.y - held.fromY) > SLACK;
    if (!held.ghost && far && event.pointerType === "touch") this.#end();
    else if (!held.ghost && far) this.#lift();
    if (held.ghost) held.frame ??= requestAnimationFrame(() => this.#frame());
  }

  #lift() {
    const { held } = this;
    const { card } = held;
    const box = card.getBoundingClientRect();
    held.ghost = card.cloneNode(true);
    held.ghost.removeAttribute("id");
    held.ghost.inert = true;
    held.ghost.classList.add("is-ghost");
    Object.assign(held.ghost.style, { width: `${box.width}px`, left: `${box.left}px`, top: `${box.top}px` });
    held.began = JSON.stringify(placeOf(card));
    document.body.append(held.ghost);
    card.classList.add("is-held");
    card.dataset.held = "";
    getSelection()?.removeAllRanges();
  }

  // One per frame: also while the pointer rests at the edge and the page goes by below it.
  #frame() {
    const { held } = this;
    if (!held) return;
    held.frame = null;
    this.#follow(held);
    const step = document.elementFromPoint(held.x, held.y)?.closest(".zone-nav") ? 0 : scrollStep(held.y, innerHeight);
    const before = scrollY;
    if (step) scrollBy({ top: step, behavior: "instant" });
    if (scrollY !== before) held.frame = requestAnimationFrame(() => this.#frame());
  }

  #follow({ card, ghost, x, y, fromX, fromY }) {
    ghost.style.translate = `${x - fromX}px ${y - fromY}px`;
    const under = document.elementFromPoint(x, y);
    const other = under?.closest("#zones .card[data-card]");
    const middle = other && other !== card && inTheMiddle({ x, y }, other.getBoundingClientRect());
    this.#dwell(middle ? other : (under?.closest("#zone-tabs a") ?? null));
    if (!middle) this.#place(under, other);
  }

  #place(under, other) {
    const { card } = this.held;
    const cards = under?.closest("#zones .zone")?.querySelector(".cards");
    if (!cards || other === card) return;
    const before = other && (isBefore(this.held, other.getBoundingClientRect(), isWide(other)) ? other : other.nextElementSibling);
    if (before !== card && (card.parentElement !== cards || card.nextElementSibling !== (before ?? null)))
      shift(cards, card, before ?? null);
  }

  // Long enough over the middle of a card: it is meant. Over a zone's tab: that zone is shown.
  #dwell(over) {
    const { held } = this;
    if (held.over === over) return;
    clearTimeout(held.timer);
    held.on?.classList.remove("is-aimed");
    Object.assign(held, { over, on: null });
    if (over) held.timer = setTimeout(() => this.#meant(over), DWELL_MS);
  }

  #meant(over) {
    if (over.matches("a")) {
      location.replace(over.href);
    } else if (over.isConnected) {
      over.classList.add("is-aimed");
      this.held.on = over;
    }
  }

  #release(event) {
    const { held } = this;
    if (event.pointerId !== held?.id) return;
    const { card, ghost, version, began } = held;
    if (ghost) this.#follow(Object.assign(held, { x: event.clientX, y: event.clientY }));
    if (ghost && !held.on && held.over?.matches(".card")) this.#place(held.over, held.over);
    const on = held.on?.isConnected ? held.on : null;
    this.#end();
    if (!ghost) return;
    this.dropped = true;
    setTimeout(() => (this.dropped = false));
    const place = placeOf(card);
    if (on || !place || "gone" in card.dataset || JSON.stringify(place) === began) this.#home(card);
    else this.drop(event, card, { ...place, version });
    // Not before the pointer's own events are over: they would close the menu again.
    if (on) setTimeout(() => this.link(card, on, { x: event.clientX, y: event.clientY }));
  }

  // Where it belongs by the board as it is now.
  #home(card) {
    if (!card.isConnected || "gone" in card.dataset) {
      card.remove();
      this.lost();
    } else {
      insert(document.getElementById(`cards-${card.dataset.zone}`) ?? card.parentElement, card);
    }
  }

  #key(event) {
    if (event.key !== "Escape" || !this.held?.ghost) return;
    event.preventDefault();
    event.stopPropagation();
    this.cancel();
  }

  // The click that ends a drag is none.
  #click(event) {
    if (!this.dropped) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #end() {
    const { card, ghost, timer, frame, on } = this.held ?? {};
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    ghost?.remove();
    on?.classList.remove("is-aimed");
    card?.classList.remove("is-held");
    delete card?.dataset.held;
    this.held = null;
  }
}

// Zone, and the card above among those that the board has.
function placeOf(card) {
  const zone = card.closest(".zone")?.dataset.zone;
  let above = card.previousElementSibling;
  while (above && !above.matches("[data-card]:not([hidden], [data-gone])")) above = above.previousElementSibling;
  return zone && { zone, after: above?.dataset.card ?? "" };
}

function isWide(card) {
  return card.parentElement.clientWidth > card.offsetWidth * 1.5;
}
