// How an own change looks before the server has answered, and how it glides back.

import { insert, light, provisional, provisionalReply } from "./applier.js";
import { morph, shift } from "./morph.js";

const BACK_MS = 400;
const NOTHING = { node: null, arrived() {}, back() {} };

// -> {node, arrived(): its change has come, back(): it was refused}
export function showAtOnce(entry, main) {
  return SHOW[entry.what.verb]?.(entry, main) ?? { ...NOTHING };
}

const SHOW = {
  create({ mid, fields, what }, main) {
    const container = document.getElementById(`cards-${fields.zone}`);
    if (!container) return null;
    const { meInitials: initials, meHue: hue, meName: name } = main.dataset;
    const { kind, body: text } = fields;
    const card = provisional(container, { mid, kind, label: what.label, text, initials, hue, name });
    return { node: card, arrived: () => card.remove(), back: () => card.remove() };
  },

  reply({ mid, fields, what }, main) {
    const list = document.getElementById(`replies-${what.card}`);
    if (!list) return null;
    const { meInitials: initials, meHue: hue, meName: name } = main.dataset;
    const reply = provisionalReply(list, { mid, text: fields.body, initials, hue, name });
    return { node: reply, arrived: () => reply.remove(), back: () => reply.remove() };
  },

  edit({ fields, what }) {
    const card = cardOf(what);
    if (!card) return null;
    const before = card.cloneNode(true);
    for (const form of before.querySelectorAll("[data-keep]")) form.remove();
    if (fields.body !== undefined) {
      card.dataset.body = fields.body;
      card.querySelector(".card__body").replaceChildren(fields.body);
    }
    if (fields.kind !== undefined) rekind(card, fields.kind, what.label);
    return { node: card, arrived() {}, back: () => restore(card, before) };
  },

  move({ mid, fields, what }) {
    const card = cardOf(what);
    const container = document.getElementById(`cards-${fields.zone}`);
    if (!card || !container) return null;
    const after = fields.after ? document.getElementById(`card-${fields.after}`) : null;
    const next = after?.parentElement === container ? after.nextElementSibling : container.firstElementChild;
    if (next !== card) shift(container, card, next);
    card.dataset.moving = mid;
    const settle = () => {
      if (card.dataset.moving !== mid) return;
      delete card.dataset.moving;
      insert(document.getElementById(`cards-${card.dataset.zone}`) ?? container, card);
    };
    const back = () => {
      settle();
      light(card, "is-back", BACK_MS);
    };
    return { node: card, arrived: settle, back };
  },

  delete({ what }) {
    const card = cardOf(what);
    if (!card) return null;
    card.classList.add("is-leaving");
    card.hidden = true;
    const back = () => {
      card.classList.remove("is-leaving");
      card.hidden = false;
      light(card, "is-back", BACK_MS);
    };
    return { node: card, arrived() {}, back };
  },
};

function cardOf(what) {
  return document.getElementById(`card-${what.card}`);
}

function rekind(card, kind, label) {
  card.classList.replace(`card--${card.dataset.kind}`, `card--${kind}`);
  card.dataset.kind = kind;
  card.querySelector(".card__head use").setAttribute("href", `#k-${kind}`);
  card.querySelector(".card__head b").textContent = label;
}

// A change of a colleague that came in between shows the truth already.
function restore(card, before) {
  if (card.dataset.version !== before.dataset.version) return;
  morph(card, before);
  light(card, "is-back", BACK_MS);
}
