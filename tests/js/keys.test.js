import assert from "node:assert/strict";
import { test } from "node:test";

import { commandOf, KEYS, sheet } from "../../static/js/keys.js";

const board = { writing: false, onCard: false, singles: true };
const press = (key, more = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });
// Chromium, Firefox and Safari keep these for themselves.
const RESERVED = ["t", "n", "w", "r", "q", "l", "d", "f", "p", "s", "o", "h", "j", "a", "c", "v", "x", "y"];

test("one key captures one kind", () => {
  const kinds = ["t", "q", "c", "f", "g", "o"].map((key) => commandOf(press(key), board).kind);
  assert.deepEqual(kinds, ["topic", "question", "claim", "fact", "guess", "opinion"]);
});

test("no key of ours is one that a browser keeps for itself", () => {
  const taken = KEYS.filter(({ key, mod }) => mod && RESERVED.includes(key.toLowerCase())).map(({ key }) => key);
  assert.deepEqual(taken, []);
});

test("while somebody writes, keys are text", () => {
  for (const { key } of KEYS) assert.equal(commandOf(press(key), { ...board, writing: true }), null);
  assert.equal(commandOf(press("z", { ctrlKey: true }), { ...board, writing: true }), null);
  assert.equal(commandOf(press("k", { ctrlKey: true }), { ...board, writing: true }).name, "palette");
});

test("single keys can be switched off, combinations stay", () => {
  const off = { ...board, singles: false };
  assert.equal(commandOf(press("q"), off), null);
  assert.equal(commandOf(press("z", { ctrlKey: true }), off).name, "undo");
});

test("Ctrl with a capture key is the browser's own", () => {
  for (const key of ["t", "q", "c", "f", "g", "o"]) assert.equal(commandOf(press(key, { ctrlKey: true }), board), null);
});

test("acts on a card need a card in focus, and arrows walk only from one", () => {
  assert.equal(commandOf(press("Delete"), board), null);
  assert.equal(commandOf(press("Delete"), { ...board, onCard: true }).name, "delete");
  assert.equal(commandOf(press("ArrowDown"), board), null);
  assert.equal(commandOf(press("ArrowDown"), { ...board, onCard: true }).name, "next");
});

test("the sheet names every command once with all its keys", () => {
  const rows = sheet(false);
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
  assert.deepEqual(rows.find(({ name }) => name === "redo").keys, ["U", "Ctrl Shift Z"]);
  assert.deepEqual(rows.find(({ name }) => name === "shift-up").keys, ["Shift ↑"]);
  assert.deepEqual(sheet(true).find(({ name }) => name === "palette").keys, ["⌘ K"]);
});

test("Shift decides, not Caps Lock and not what a system makes of Command", () => {
  assert.equal(commandOf(press("Q"), board).name, "capture-question");
  assert.equal(commandOf(press("z", { metaKey: true, shiftKey: true }), board).name, "redo");
  assert.equal(commandOf(press("Z", { ctrlKey: true, shiftKey: true }), board).name, "redo");
});

test("with Shift an arrow moves the card instead of the focus", () => {
  const on = { ...board, onCard: true };
  assert.equal(commandOf(press("ArrowUp", { shiftKey: true }), on).name, "shift-up");
  assert.equal(commandOf(press("ArrowUp", { shiftKey: true }), board), null);
  assert.equal(commandOf(press("ArrowUp"), on).name, "previous");
});

test("walking repeats while the key is held down, acts do not", () => {
  const on = { ...board, onCard: true };
  assert.equal(commandOf(press("j", { repeat: true }), on).name, "next");
  for (const key of ["u", "Delete", "q"]) assert.equal(commandOf(press(key, { repeat: true }), on), null);
});
