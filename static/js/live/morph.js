// Makes one tree like another, keyed by id, and leaves alone what a person has in hand:
// fields, anything marked data-keep, the focus, and nodes that are the same already.

const OPAQUE = "textarea, input, select, parley-clock"; // what is inside belongs to the person, or to the element

export function morph(old, fresh) {
  if (old.tagName !== fresh.tagName) {
    old.replaceWith(fresh);
  } else if (!old.isEqualNode(fresh)) {
    attributes(old, fresh);
    if (!old.matches(OPAQUE)) children(old, fresh);
  }
}

export function attributes(old, fresh) {
  const marks = [...old.classList].filter((name) => name.startsWith("is-"));
  const mine = new Set(["open", "data-held", "data-moving", ...(old.classList.contains("is-leaving") ? ["hidden"] : [])]);
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !mine.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of [...fresh.attributes]) {
    const typed = name === "value" && old === document.activeElement;
    if (old.getAttribute(name) !== value && !typed) old.setAttribute(name, value);
  }
  if (marks.length) old.classList.add(...marks);
}

export function children(old, fresh) {
  let here = free(old.firstChild);
  for (const node of [...fresh.childNodes]) {
    const match = matching(here, node);
    if (match === here && here) here = free(here.nextSibling);
    else shift(old, match ?? node, here);
    if (match) update(match, node);
  }
  while (here) {
    const next = free(here.nextSibling);
    drop(here);
    here = next;
  }
}

function update(match, node) {
  if (node.nodeType === Node.ELEMENT_NODE) morph(match, node);
  else if (match.data !== node.data) match.data = node.data;
}

function free(node) {
  while (node?.nodeType === Node.ELEMENT_NODE && node.hasAttribute("data-keep")) node = node.nextSibling;
  return node;
}

function matching(here, node) {
  if (node.nodeType === Node.ELEMENT_NODE && node.id) {
    const old = document.getElementById(node.id);
    return old?.tagName === node.tagName ? old : null; // wherever it stands: a card may have changed its zone
  }
  const same = here && here.nodeType === node.nodeType && here.nodeName === node.nodeName && !here.id;
  return same ? here : null;
}

function drop(node) {
  if (node.nodeType === Node.ELEMENT_NODE && isInHand(node)) node.dataset.gone = "";
  else node.remove();
}

// Somebody writes in it, or drags it.
export function isInHand(node) {
  return node.matches("[data-held]") || node.querySelector("[data-keep], [data-held]") !== null;
}

// Moves a node without taking the focus or the selection from it.
export function shift(parent, node, before) {
  if (node.isConnected && parent.moveBefore) return parent.moveBefore(node, before);
  const active = document.activeElement;
  const held = node.nodeType === Node.ELEMENT_NODE && node.contains(active) ? active : null;
  const range = typeof held?.selectionStart === "number" ? [held.selectionStart, held.selectionEnd] : null;
  parent.insertBefore(node, before);
  held?.focus({ preventScroll: true });
  if (range) held.setSelectionRange(...range);
  return undefined;
}
