// Where the focus goes when what had it moves or leaves.

const SHOWN = ".card[data-card]:not([hidden], [data-gone], .is-filtered)";

export function cardsIn(container) {
  return [...container.querySelectorAll(SHOWN)];
}

// The card that stands nearest, to be in focus when this one is gone.
export function neighbour(card) {
  const cards = cardsIn(card.parentElement);
  const at = cards.indexOf(card);
  return cards[at + 1] ?? cards[at - 1] ?? null;
}

// Also in a zone that a phone does not show yet.
export function focusOn(card) {
  if (!card) return;
  if (!card.getClientRects().length) location.hash = card.closest(".zone").id;
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

// One step up or down among the cards that are shown, or to the end of the next zone; null at an edge.
export function stepOf(card, direction) {
  if (direction === "left" || direction === "right") {
    const zone = card.closest(".zone");
    const next = direction === "left" ? zone.previousElementSibling : zone.nextElementSibling;
    return next?.dataset.zone && { zone: next.dataset.zone, after: cardsIn(next).at(-1)?.dataset.card ?? "" };
  }
  const cards = cardsIn(card.parentElement);
  const at = cards.indexOf(card) + (direction === "up" ? -1 : 1);
  if (!cards[at]) return null;
  const after = direction === "up" ? cards[at - 1] : cards[at];
  return { zone: card.closest(".zone").dataset.zone, after: after?.dataset.card ?? "" };
}
