// Things that belong to an element of the board and are none of it: they lie above, at a spot within the element.

const FADE_MS = 300;

export class Overlay {
  constructor(page = document) {
    this.layer = page.createElement("div");
    this.layer.className = "overlay";
    this.layer.setAttribute("aria-hidden", "true");
    page.body.append(this.layer);
    this.things = new Map(); // key -> {node, anchor, x, y}
    this.watch = new ResizeObserver(() => this.place());
    this.watch.observe(page.getElementById("zones"));
    this.page = page;
  }

  // `make()` gives the node when there is none yet.
  put(key, { anchor, x, y }, make) {
    const node = this.things.get(key)?.node ?? this.layer.appendChild(make());
    const thing = { node, anchor, x, y };
    this.things.set(key, thing);
    this.#move(thing);
    return node;
  }

  keepOnly(keys) {
    for (const [key, { node }] of this.things) {
      if (keys.has(key)) continue;
      node.classList.add("is-leaving");
      setTimeout(() => node.remove(), FADE_MS);
      this.things.delete(key);
    }
  }

  // Everything to its spot again: the layout has changed.
  place() {
    for (const thing of this.things.values()) this.#move(thing);
  }

  close() {
    this.watch.disconnect();
    this.layer.remove();
  }

  #move({ node, anchor, x, y }) {
    const box = this.page.getElementById(anchor)?.getBoundingClientRect();
    node.hidden = !box?.width || !box.height; // not on this page, or in a zone that is not shown
    if (node.hidden) return;
    node.style.setProperty("--x", `${box.left + scrollX + x * box.width}px`);
    node.style.setProperty("--y", `${box.top + scrollY + y * box.height}px`);
  }
}
