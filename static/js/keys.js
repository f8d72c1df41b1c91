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
  { key: "Shift+ArrowUp", name: "shift-up", onCard: true },
  { key: "Shift+ArrowDown", name: "shift-down", onCard: true },
  { key: "Shift+ArrowLeft", name: "shift-left", onCard: true },
  { key: "Shift+ArrowRight", name: "shift-right", onCard: true },
  { key: "u", name: "undo" },
  { key: "U", name: "redo" },
  { key: "z", mod: true, name: "undo" },
  { key: "Z", mod: true, name: "redo" },
  { key: "/", name: "find" },
  { key: "k", mod: true, name: "palette" },
  { key: "?", name: "sheet" },
];
const ARROWS = { ArrowDown: "j", ArrowUp: "k", ArrowLeft: "h", ArrowRight: "l" };
const SIGNS = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };
const HELD = ["next", "previous", "left", "right"]; // may repeat while the key is held down

// What a key event asks for; null for nothing of ours. `at`: {writing, onCard, singles}.
export function commandOf(event, { writing, onCard, singles }) {
  if (event.altKey || event.isComposing) return null;
  const mod = event.ctrlKey || event.metaKey;
  const key = nameOf(event);
  const found = KEYS.find((one) => one.key === (onCard && !mod ? (ARROWS[key] ?? key) : key) && Boolean(one.mod) === mod);
  if (!found || (found.onCard && !onCard) || (event.repeat && !HELD.includes(found.name))) return null;
  if (writing) return found.name === "palette" ? found : null;
  return mod || singles ? found : null;
}

// Capital letters by Shift, whatever Caps Lock says and some systems leave out.
function nameOf({ key, shiftKey }) {
  if (/^[a-z]$/i.test(key)) return shiftKey ? key.toUpperCase() : key.toLowerCase();
  return shiftKey && key in ARROWS ? `Shift+${key}` : key;
}

// The table for people: each command once, with all its keys, as this computer's keyboard shows them.
export function sheet(isMac = /Mac|iP/.test(globalThis.navigator?.platform ?? "")) {
  const rows = new Map();
  for (const { key, mod, name } of KEYS) {
    const keys = rows.get(name) ?? rows.set(name, []).get(name);
    keys.push(mod ? `${isMac ? "⌘" : "Ctrl"} ${capitals(key)}` : key.replace(/Shift\+(\w+)/, (_, arrow) => `Shift ${SIGNS[arrow]}`));
  }
  return [...rows].map(([name, keys]) => ({ name, keys }));
}

function capitals(key) {
  return key === key.toUpperCase() ? `Shift ${key}` : key.toUpperCase();
}
