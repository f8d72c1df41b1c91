// What each command of the keyboard does. `say`: words for who listens instead of looking.

import { capture, walk, walkZones } from "./keyboard.js";

export function actsOf({ main, writes, editor, menu, drawer, find, history, selection, help }) {
  const may = main.dataset.role !== "observer" && menu.menu;
  const undo = document.getElementById("undo-form")?.action;
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
    select: (_event, card) => card && selection.toggle(card),
    delete: (event, card) => card && menu.remove(event, card),
    undo: (event) => undo && writes.make(event, undo, {}, { undid: true }),
    redo(event) {
      const seq = history.next();
      if (undo && seq) writes.make(event, undo, { seq: String(seq) }, { redid: true });
    },
  };
}
