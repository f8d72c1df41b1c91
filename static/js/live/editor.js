// Edit in place: the text stands in a form inside the card; colleagues' changes do not touch it.

import { word } from "../words.js";
import { toast } from "./toasts.js";

const FIELDS = ["body", "kind", "assignee"];

export class Editor {
  // `claim(card)`: what others do on it now, in words.
  // `anew(text)`: puts it into a composer; false where there is none.
  constructor({ writes, drafts, claim = () => "", anew = () => {} }) {
    Object.assign(this, { writes, drafts, claim, anew });
    for (const name of drafts.names()) {
      const uid = name.startsWith("edit-") ? name.slice("edit-".length) : "";
      const card = uid && document.getElementById(`card-${uid}`);
      const draft = uid && read(drafts, name);
      if (card) this.open(card, { draft, focus: false });
      else if (draft) this.#orphan(name, draft.now.body);
    }
  }

  // `draft`: {now, before, base} of an editor that was open; `reason`: why it is open again.
  open(card, { draft = null, reason = "", theirs = "", focus = true } = {}) {
    const form = card.querySelector("form.editor") ?? this.#build(card, draft);
    if (theirs) this.#both(form, draft.before.body, theirs);
    const note = form.querySelector("[role=alert]");
    // Somebody has it open: said before the first keystroke, and no obstacle.
    const who = "told" in form.dataset ? "" : this.claim(card);
    form.dataset.told = "";
    reason ||= who && word("claimed", { who });
    note.hidden = !reason;
    note.textContent = reason;
    if (focus) form.elements.body.focus();
  }

  // Its card was deleted while this page was away.
  #orphan(name, body) {
    const act = () => this.anew(body) && this.drafts.keep(name, "");
    toast(word("orphan", { text: body.slice(0, 60) }), { label: word("anew"), act, lasting: true });
  }

  close(card) {
    this.drafts.keep(nameOf(card), "");
    card.classList.remove("is-editing");
    card.querySelector("form.editor")?.remove();
    if ("gone" in card.dataset) card.remove();
    else card.focus();
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

  // Somebody changed the same words: both texts side by side, and one made of both on offer.
  #both(form, base, theirs) {
    const both = form.querySelector("[data-both]");
    const mine = form.elements.body.value;
    both.hidden = false;
    both.querySelector("[data-theirs]").textContent = theirs;
    const set = (text) => {
      form.elements.body.value = text;
      form.elements.body.dispatchEvent(new Event("input", { bubbles: true }));
      form.elements.body.focus();
    };
    both.querySelector("[data-take-theirs]").onclick = () => set(theirs);
    both.querySelector("[data-take-mine]").onclick = () => set(mine);
    const button = both.querySelector("[data-merge]");
    // Code of its own, loaded when it is asked for: two people seldom change the same words.
    button.onclick = async () => set((await import(button.dataset.merge)).merge(base, theirs, mine).text);
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
    const theirs = answer.current?.body ?? "";
    if (card) this.open(card, { draft, theirs, reason: answer.detail ?? word("refused"), focus: false });
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
