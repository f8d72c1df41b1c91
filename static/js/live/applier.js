// The only writer to the board's DOM. Verbs are idempotent by id; what a person has in hand is left alone.

import { neighbour } from "./focus.js";
import { attributes, isInHand, morph, shift } from "./morph.js";
import { comesBefore } from "./sequence.js";

const policy = globalThis.trustedTypes?.createPolicy("parley", { createHTML: (html) => html });
const HIGHLIGHT_MS = 2000;

function parse(html) {
  return new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");
}

// The `html` of one change.
export function apply(html, { highlight = false } = {}) {
  for (const update of parse(html).querySelectorAll("live-update")) {
    const target = document.getElementById(update.getAttribute("target"));
    const verb = VERBS[update.getAttribute("verb")];
    const root = update.firstElementChild;
    if (target && verb) verb(target, root && document.importNode(root, true));
    const touched = root && document.getElementById(root.id);
    if (highlight && touched?.matches(".card")) light(touched, "is-new");
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
    shift(target.parentNode, old ?? node, target);
  },
  morph: (target, node) => node && morph(target, node),
  replace: (target, node) => node && morph(target, node),
  remove: (target) => remove(target),
};

// Into its place by rank and number; a node that stands right already is not touched (focus and scroll stay).
export function insert(container, node) {
  if ("held" in node.dataset || "moving" in node.dataset) return; // in hand, or put there and on its way
  const others = [...container.children].filter((child) => child !== node);
  const sorted = container.hasAttribute("data-sorted");
  const next = sorted && others.find((other) => comesBefore(node.dataset, { rank: "~", ...other.dataset }));
  const before = next || null;
  if (node.parentElement === container && node.nextElementSibling === before) return;
  shift(container, node, before);
}

// Where a person is writing in it, or has it in hand, a card stays until they are done.
function remove(node) {
  if (isInHand(node)) node.dataset.gone = "";
  else leave(node);
}

// The focus of somebody who stood on it goes to the card beside it.
function leave(node) {
  const next = node.matches(".card") && node.contains(document.activeElement) && neighbour(node);
  node.remove();
  if (next) next.focus({ preventScroll: true });
}

export function light(node, mark, ms = HIGHLIGHT_MS) {
  node.classList.add(mark);
  setTimeout(() => node.classList.remove(mark), ms);
}

export function count() {
  for (const label of document.querySelectorAll("[data-count-of]")) {
    const cards = document.getElementById(label.dataset.countOf);
    const text = String(cards?.querySelectorAll(":scope > .card:not([hidden], [data-gone])").length ?? 0);
    if (label.textContent !== text) label.textContent = text;
  }
}

// Everything about one card, out of that card's page.
export function detailOf(html) {
  const detail = parse(html).querySelector(".detail");
  return detail && document.importNode(detail, true);
}

// The page as the server has it now, after a reset or a gap that could not be repaired. Null: that page is no board,
// or `isNews(its dataset)` does not want it.
export function snapshot(html, ids, isNews = () => true) {
  const fresh = parse(html);
  const now = fresh.getElementById("board")?.dataset;
  if (!now || !isNews(now)) return null;
  for (const id of ids) {
    const [old, node] = [document.getElementById(id), fresh.getElementById(id)];
    if (old && node) morph(old, document.importNode(node, true));
  }
  count();
  return { epoch: now.epoch, seq: Number(now.seq) };
}

// A card that is on its way: shown at once at the end, replaced when its change arrives.
export function provisional(container, { mid, kind, label, text, initials, hue, name }) {
  const card = element("article", `card card--${kind} is-own`);
  card.id = `card-mid-${mid}`;
  card.dataset.keep = "";
  card.dataset.rank = "~";
  const head = element("header", "card__head");
  head.append(element("b", "", label));
  const foot = element("footer", "card__foot");
  foot.append(element("span", `who ${hue}`, initials), element("span", "card__by", name));
  card.append(head, element("div", "card__body", text), foot);
  container.append(card);
  return card;
}

// A reply that is on its way.
export function provisionalReply(list, { mid, text, initials, hue, name }) {
  const reply = element("li", "reply is-own");
  reply.id = `reply-mid-${mid}`;
  reply.dataset.keep = "";
  reply.dataset.rank = "~";
  const head = element("p", "reply__head");
  head.append(element("span", `who ${hue}`, initials), element("b", "", name));
  reply.append(head, element("div", "reply__body", text));
  list.append(reply);
  return reply;
}

function element(tag, className, text = "") {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}
