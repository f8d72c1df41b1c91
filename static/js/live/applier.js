// The only writer to the board's DOM. Verbs are idempotent by id; what a person has in hand is left alone.

import { comesBefore } from "./sequence.js";

const policy = globalThis.trustedTypes?.createPolicy("parley", { createHTML: (html) => html });
const HIGHLIGHT_MS = 2000;

export function parse(html) {
  return new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");
}

export function apply(html, { highlight = false } = {}) {
  for (const update of parse(html).querySelectorAll("live-update")) {
    const target = document.getElementById(update.getAttribute("target"));
    const fragment = update.firstElementChild;
    const verb = VERBS[update.getAttribute("verb")];
    if (target && verb) verb(target, fragment && document.importNode(fragment, true));
    const touched = fragment && document.getElementById(fragment.id);
    if (highlight && touched?.matches(".card")) light(touched);
  }
  count();
}

const VERBS = {
  append(container, node) {
    const old = document.getElementById(node.id);
    if (old) morph(old, node);
    insert(container, old ?? node);
  },
  place(container, node) {
    const old = document.getElementById(node.id);
    if (old) attributes(old, node);
    insert(container, old ?? node);
  },
  before(target, node) {
    const old = document.getElementById(node.id);
    if (old) morph(old, node);
    target.before(old ?? node);
  },
  morph,
  replace: morph,
  remove(target) {
    target.remove();
  },
};

// Into its place by rank and number; a node that stands right already is not touched (focus and scroll stay).
export function insert(container, node) {
  const data = node.dataset;
  const others = [...container.children].filter((child) => child !== node);
  const next = others.find((child) => child.dataset.rank === undefined || comesBefore(data, child.dataset)) ?? null;
  const sorted = container.hasAttribute("data-sorted");
  const before = sorted ? next : null;
  if (node.parentElement === container && node.nextElementSibling === before) return;
  if (node.parentElement && container.moveBefore) container.moveBefore(node, before);
  else container.insertBefore(node, before);
}

export function morph(old, fresh) {
  if (!fresh) return;
  if (old.tagName !== fresh.tagName) {
    old.replaceWith(fresh);
    return;
  }
  attributes(old, fresh);
  if (old.matches("textarea, input, select")) return;
  children(old, fresh);
}

function attributes(old, fresh) {
  const marks = [...old.classList].filter((name) => name.startsWith("is-"));
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && name !== "open" && name !== "aria-current") old.removeAttribute(name);
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (old.getAttribute(name) !== value && !(name === "value" && old === document.activeElement)) {
      old.setAttribute(name, value);
    }
  }
  old.classList.add(...marks);
}

function children(old, fresh) {
  let here = firstFree(old.firstChild);
  for (const node of [...fresh.childNodes]) {
    const match = matching(old, here, node);
    if (match) {
      if (match !== here) old.insertBefore(match, here);
      else here = firstFree(here.nextSibling);
      if (node.nodeType === Node.ELEMENT_NODE) morph(match, node);
      else if (match.data !== node.data) match.data = node.data;
    } else {
      old.insertBefore(node, here);
    }
  }
  while (here) {
    const next = firstFree(here.nextSibling);
    here.remove();
    here = next;
  }
}

function firstFree(node) {
  while (node?.nodeType === Node.ELEMENT_NODE && node.hasAttribute("data-keep")) node = node.nextSibling;
  return node;
}

function matching(parent, here, node) {
  if (node.nodeType === Node.ELEMENT_NODE && node.id) {
    const old = document.getElementById(node.id);
    return old?.parentNode === parent ? old : null;
  }
  const same = here && here.nodeType === node.nodeType && here.nodeName === node.nodeName && !here.id;
  return same ? here : null;
}

function light(node) {
  node.classList.add("is-new");
  setTimeout(() => node.classList.remove("is-new"), HIGHLIGHT_MS);
}

export function count() {
  for (const label of document.querySelectorAll("[data-count-of]")) {
    const cards = document.getElementById(label.dataset.countOf);
    const text = String(cards?.querySelectorAll(":scope > .card:not([hidden])").length ?? 0);
    if (label.textContent !== text) label.textContent = text;
  }
}

// A card that is on its way: shown at once, replaced when its change arrives.
export function provisional(container, { mid, kind, label, text, initials, hue, name }) {
  const card = document.createElement("article");
  card.className = `card card--${kind} is-own`;
  card.id = `card-mid-${mid}`;
  card.dataset.keep = "";
  card.dataset.rank = "~";
  const head = document.createElement("header");
  head.className = "card__head";
  const words = document.createElement("b");
  words.textContent = label;
  head.append(words);
  const body = document.createElement("div");
  body.className = "card__body";
  body.textContent = text;
  const foot = document.createElement("footer");
  foot.className = "card__foot";
  const who = document.createElement("span");
  who.className = `who ${hue}`;
  who.textContent = initials;
  foot.append(who, name);
  card.append(head, body, foot);
  container.append(card);
  count();
  return card;
}

// The page as the server has it now, after a reset or a gap that could not be repaired.
export function snapshot(html, ids) {
  const fresh = parse(html);
  const state = fresh.getElementById("board")?.dataset;
  if (!state) return null;
  for (const id of ids) {
    const [old, node] = [document.getElementById(id), fresh.getElementById(id)];
    if (old && node) morph(old, document.importNode(node, true));
  }
  count();
  return { epoch: state.epoch, seq: Number(state.seq) };
}
