// Following somebody: the page scrolls to the card they are on. Drafts, dialogs and the focus stay where they are.

export class Follow {
  // `show(cardId)`: bring it into view; `onChange(person or null)`.
  constructor({ show, onChange }) {
    Object.assign(this, { show, onChange, person: null, card: null });
  }

  // Once more on the same person ends it.
  pick(person) {
    if (!person || this.person?.id === person.id) return this.leave();
    this.person = person;
    this.card = null;
    this.onChange(person);
    return this.saw(person.id, person.card);
  }

  saw(id, card) {
    if (this.person?.id !== id || !card || card === this.card) return;
    this.card = card;
    this.show(card);
  }

  // Everybody who is here; whom nobody sees any more, nobody follows.
  among(people) {
    const found = people.find(({ id }) => id === this.person?.id);
    if (found) this.saw(found.id, found.card);
    else this.leave();
  }

  leave() {
    if (!this.person) return;
    this.person = null;
    this.onChange(null);
  }
}

// Any act of one's own ends it; choosing whom to follow is none, and neither is what a script does.
export function leaveOnOwnAct(follow, { except, signal, page = document }) {
  const act = (event) => {
    const chooses = ["pointerdown", "keydown"].includes(event.type) && event.key !== "Escape" && except.contains(event.target);
    if (event.isTrusted && !chooses) follow.leave();
  };
  for (const type of ["pointerdown", "keydown", "wheel", "touchmove"]) {
    page.addEventListener(type, act, { capture: true, passive: true, signal });
  }
}

export function scrollToCard(id) {
  const card = document.getElementById(id);
  if (!card) return;
  // A narrow screen shows one zone at a time: the one that the address names.
  if (!card.getClientRects().length) location.replace(`#${card.closest("[data-zone]:not([data-card])").id}`);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  card.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
}
