// Where others point: at an element, so that another width or another order of cards shows the same spot.

import { Lasting } from "./lasting.js";

export const SHOWN_MS = 5000;
const HIDDEN = "parley:cursors:hidden";

export class Cursors {
  // `person(id)`: {name, hue} of somebody who is here.
  constructor({ overlay, person, button, storage, now = Date.now }) {
    Object.assign(this, { overlay, person, button, storage, pointing: new Lasting(SHOWN_MS, now) });
    this.hidden = this.#read();
    button?.addEventListener("click", () => this.#hide(!this.hidden));
    this.#tell();
  }

  saw(id, cursor) {
    if (cursor) this.pointing.set(id, cursor);
    else this.pointing.delete(id);
  }

  // The keys of what it shows.
  show() {
    if (this.hidden) return [];
    const known = this.pointing.entries().filter(([id]) => this.person(id));
    return known.map(([id, cursor]) => {
      const key = `cursor-${id}`;
      this.overlay.put(key, cursor, () => build(this.person(id)));
      return key;
    });
  }

  #hide(hidden) {
    this.hidden = hidden;
    try {
      if (hidden) this.storage?.setItem(HIDDEN, "1");
      else this.storage?.removeItem(HIDDEN);
    } catch {
      // Without storage it holds until the page is left.
    }
    this.#tell();
  }

  #tell() {
    this.button?.setAttribute("aria-pressed", String(this.hidden));
  }

  #read() {
    try {
      return this.storage?.getItem(HIDDEN) === "1";
    } catch {
      return false;
    }
  }
}

function build({ name, hue }) {
  const node = document.createElement("div");
  node.className = `cursor ${hue}`;
  const label = document.createElement("span");
  label.textContent = name;
  node.append(label);
  return node;
}
