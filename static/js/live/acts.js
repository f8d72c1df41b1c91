// What each command of the keyboard does. `say`: words for who listens instead of looking.

import { focusOn, stepOf } from "./focus.js";
import { capture, walk, walkZones } from "./keyboard.js";

export function actsOf({ main, editor, menu, drawer, find, undoing, selection, help }) {
  const may = main.dataset.role !== "observer" && menu.menu;
  const reading = {
    next: (_event, card) => walk(card, 1),
    previous: (_event, card) => walk(card, -1),
    left: (_event, card) => walkZones(card, -1),
    right: (_event, card) => walkZones(card, 1),
    talk: (event, card) => card && drawer.open(card.querySelector(".card__no").getAttribute("href"), event),
    find: () => find.open(),
    palette: help,
    sheet: help,
  };
  if (!may) return reading;
  return {
    ...reading,
    capture: (_event, _card, kind) => capture(kind),
    edit: (_event, card) => card && editor.open(card),
    move: (_event, card) => card && menu.ask(card),
    shift(event, card, direction) {
      const place = card?.dataset.card && stepOf(card, direction);
      if (!place) return;
      menu.drop(event, card, { ...place, version: card.dataset.version });
      focusOn(card);
    },
    select: (_event, card) => card && selection.toggle(card),
    delete: (event, card) => card && menu.remove(event, card),
    undo: (event) => undoing.undo(event),
    redo: (event) => undoing.redo(event),
  };
}
