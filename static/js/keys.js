// Every key of the board in one table: the keyboard, the `?` sheet and the command palette are made from it.

// `mod`: Ctrl or Command. A key without `mod` is a single key and can be switched off.
// None of them is one that a browser keeps for itself.
export const KEYS = [
  { key: "t", name: "capture-topic", kind: "topic" },
  { key: "q", name: "capture-question", kind: "question" },
  { key: "c", name: "capture-claim", kind: "claim" },
  { key: "f", name: "capture-fact", kind: "fact" },
  { key: "g", name: "capture-guess", kind: "guess" },
  { key: "o", name: "capture-opinion", kind: "opinion" },
  { key: "j", name: "next" },
  { key: "k", name: "previous" },
  { key: "h", name: "left" },
  { key: "l", name: "right" },
  { key: "Enter", name: "talk", onCard: true },
  { key: "e", name: "edit", onCard: true },
  { key: "m", name: "move", onCard: true },
  { key: "x", name: "select", onCard: true },
  { key: "Delete", name: "delete", onCard: true },
  { key: "u", name: "undo" },
  { key: "U", name: "redo" },
  { key: "z", mod: true, name: "undo" },
  { key: "Z", mod: true, name: "redo" },
  { key: "y", mod: true, name: "redo" },
  { key: "/", name: "find" },
  { key: "k", mod: true, name: "palette" },
  { key: "?", name: "sheet" },
];
const ARROWS = { ArrowDown: "j", ArrowUp: "k", ArrowLeft: "h", ArrowRight: "l" };

// What a key event asks for; null for nothing of ours. `at`: {writing, onCard, singles}.
export function commandOf(event, { writing, onCard, singles }) {
  if (event.altKey || event.isComposing || event.repeat === true) return null;
  const mod = event.ctrlKey || event.metaKey;
  if (writing || (!mod && !singles)) return null;
  const key = onCard && !mod ? (ARROWS[event.key] ?? event.key) : event.key;
  const found = KEYS.find((one) => one.key === key && Boolean(one.mod) === mod);
  return found && (!found.onCard || onCard) ? found : null;
}

// The table for people: each command once, with all its keys.
export function sheet() {
  const rows = new Map();
  for (const { key, mod, name } of KEYS) {
    const keys = rows.get(name) ?? rows.set(name, []).get(name);
    keys.push(mod ? `Ctrl ${key === key.toUpperCase() ? "Shift " : ""}${key.toUpperCase()}` : key);
  }
  return [...rows].map(([name, keys]) => ({ name, keys }));
}
