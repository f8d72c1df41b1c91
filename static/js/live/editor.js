// Edit in place: the text stands in a form inside the card; colleagues' changes do not touch it.

import { word } from "../words.js";

const FIELDS = ["body", "kind", "assignee"];

export class Editor {
  constructor({ writes, drafts }) {
    Object.assign(this, { writes, drafts });
    for (const name of drafts.names()) {
      const uid = name.startsWith("edit-") ? name.slice("edit-".length) : "";
      const card = uid && document.getElementById(`card-${uid}`);
      if (card) this.open(card, { draft: read(drafts, name), focus: false });
    }
  }

  // `draft`: {now, before, base} of an editor that was open; `reason`: why it is open again.
  open(card, { draft = null, reason = "", focus = true } = {}) {
    const form = card.querySelector("form.editor") ?? this.#build(card, draft);
    const note = form.querySelector("[role=alert]");
    note.hidden = !reason;
    note.textContent = reason;
    if (focus) form.elements.body.focus();
  }

  close(card) {
    this.drafts.keep(nameOf(card), "");
    card.classList.remove("is-editing");
    card.querySelector("form.editor")?.remove();
    if ("gone" in card.dataset) card.remove();
    else card.querySelector("[data-card-menu]")?.focus();
  }

  // A card in which somebody writes was deleted by somebody else: it stays until they are done.
  tell() {
    for (const card of document.querySelectorAll("[data-gone]:has(form.editor)")) {
      this.open(card, { reason: word("gone"), focus: false });
    }
  }

  #build(card, draft) {
    const form = document.getElementById("editor-template").content.firstElementChild.cloneNode(true);
    form.dataset.keep = "";
    for (const one of document.querySelectorAll("#members li")) {
      form.elements.assignee.add(new Option(one.querySelector(".who").getAttribute("aria-label"), one.dataset.username));
    }
    const before = draft?.before ?? { body: card.dataset.body, kind: card.dataset.kind, assignee: card.dataset.assignee };
    const base = draft?.base ?? card.dataset.version;
    for (const field of FIELDS) form.elements[field].value = draft?.now[field] ?? before[field];
    const state = () => ({ base, before, now: valuesOf(form) });
    form.addEventListener("input", () => this.drafts.keep(nameOf(card), JSON.stringify(state())));
    form.addEventListener("keydown", (event) => this.#keys(event, form, card));
    form.querySelector("[data-cancel]").addEventListener("click", () => this.close(card));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(event, card, state());
    });
    card.classList.add("is-editing");
    card.append(form);
    return form;
  }

  #keys(event, form, card) {
    if (event.key === "Escape") {
      event.preventDefault();
      this.close(card);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  }

  #save(event, card, { base, before, now }) {
    const changed = Object.fromEntries(FIELDS.filter((field) => now[field] !== before[field]).map((field) => [field, now[field]]));
    const label = card.querySelector("form.editor [name=kind]").selectedOptions[0]?.textContent ?? "";
    if ("gone" in card.dataset) {
      this.tell();
      return;
    }
    this.close(card);
    if (!Object.keys(changed).length) return;
    const url = `${location.pathname}cards/${card.dataset.card}/edit/`;
    const what = { verb: "edit", card: card.dataset.card, label, draft: { before, now } };
    this.writes.make(event, url, { ...changed, base_version: base }, what);
  }

  // Both texts are kept: the card shows what it is now, the editor what this person wrote.
  giveBack(entry, answer) {
    const card = document.getElementById(`card-${entry.what.card}`);
    const base = String(answer.current?.version ?? card?.dataset.version ?? entry.fields.base_version);
    const draft = { ...entry.what.draft, base };
    this.drafts.keep(`edit-${entry.what.card}`, JSON.stringify(draft));
    if (card) this.open(card, { draft, reason: answer.detail ?? word("refused"), focus: false });
  }
}

function nameOf(card) {
  return `edit-${card.dataset.card}`;
}

function valuesOf(form) {
  return Object.fromEntries(FIELDS.map((field) => [field, form.elements[field].value]));
}

function read(drafts, name) {
  try {
    return JSON.parse(drafts.read(name));
  } catch {
    return null;
  }
}
