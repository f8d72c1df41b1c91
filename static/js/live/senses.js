// What a person does on the board, as pulses: where they point, what they type, on which card they are.

const TYPING_MS = 2000; // others show it for four seconds
const EDITING_MS = 15_000; // the server holds it for 45
const STIR_MS = 20_000; // who does anything at all is not idle
const OWN = "card-mid-"; // only this page knows a card that is on its way

export class Senses {
  constructor({ main, wire, pulses, cursors, signal, now = Date.now, page = document }) {
    Object.assign(this, { main, wire, pulses, cursors, now, page });
    Object.assign(this, { card: null, editing: null, editingAt: 0, typedAt: 0, stirredAt: now(), pointed: false });
    const options = { passive: true, signal };
    page.addEventListener("pointermove", (event) => this.#point(event), options);
    for (const type of ["focusin", "pointerdown"]) page.addEventListener(type, (event) => this.#go(event), options);
    page.addEventListener("input", (event) => this.#type(event), options);
    page.addEventListener("keydown", (event) => this.#stir(event), options);
  }

  #point(event) {
    // A layout that changes under a mouse at rest is nobody's act.
    if (!this.wire.acts(event) || (event.clientX === this.x && event.clientY === this.y)) return;
    Object.assign(this, { x: event.clientX, y: event.clientY });
    if (this.cursors && event.pointerType !== "touch") {
      const inside = this.main.contains(event.target);
      if (inside || this.pointed) this.#note("cursor", () => place(event, this.main), event);
      this.pointed = inside;
    }
    this.#stir(event);
  }

  #go(event) {
    if (!this.wire.acts(event)) return;
    const card = cardOf(event.target);
    // A menu, a dialog and the page's head are no place on the board: who is there is still on their card.
    if (card !== this.card && (card || this.main.contains(event.target))) {
      this.card = card;
      this.#note("focus", { anchor: card }, event);
    }
    this.#edit(event);
  }

  #type(event) {
    const form = event.target.closest?.("form.composer, form.editor");
    if (!form || !this.wire.acts(event)) return;
    this.#edit(event);
    const anchor = event.target.value ? (cardOf(form) ?? form.closest("[data-zone]")?.id ?? null) : null;
    if (anchor && this.now() - this.typedAt < TYPING_MS) return;
    this.typedAt = anchor ? this.now() : 0;
    this.#note("typing", { anchor }, event);
  }

  // Whose editor is open, also when it was opened or closed without a word.
  #edit(event) {
    const editing = cardOf(this.page.querySelector("form.editor"));
    if (editing === this.editing && (!editing || this.now() - this.editingAt < EDITING_MS)) return;
    Object.assign(this, { editing, editingAt: this.now() });
    this.#note("editing", { anchor: editing }, event);
  }

  #stir(event) {
    if (!this.wire.acts(event)) return;
    if (this.editing) this.#edit(event);
    if (this.now() - this.stirredAt >= STIR_MS) this.#note("focus", { anchor: this.card }, event);
  }

  #note(kind, what, event) {
    this.stirredAt = this.now();
    this.pulses.note(kind, what, this.wire.impulse(event, kind));
  }
}

// Who has a card open beside the board is on that card.
function cardOf(element) {
  const open = element?.closest?.("[data-detail]")?.dataset.detail;
  const id = open ? `card-${open}` : element?.closest?.("#zones [data-card]")?.id;
  return id && !id.startsWith(OWN) ? id : null;
}

// The innermost element that every page of this board has, and where in it: other layouts show the same spot.
export function place({ target, clientX, clientY }, main) {
  let element = main.contains(target) ? target.closest("[id]") : null;
  while (element?.id.startsWith(OWN)) element = element.parentElement.closest("[id]");
  const box = element?.getBoundingClientRect();
  if (!box?.width || !box.height) return { anchor: null };
  const within = (value) => Math.round(Math.min(1, Math.max(0, value)) * 10_000) / 10_000;
  return { anchor: element.id, x: within((clientX - box.left) / box.width), y: within((clientY - box.top) / box.height) };
}
