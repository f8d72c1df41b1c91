// Composers: what they send, their text when it is refused, and one for each zone that arrives live.

import { draftField } from "../drafts.js";

const TAKEN = ["create", "reply"]; // their text leaves the field at once

export class Composers {
  constructor(drafts) {
    this.drafts = drafts;
    this.template = document.getElementById("composer-template");
  }

  // Takes the text out of the form; answers how the card looks at once.
  take(form, fields) {
    const kind = form.querySelector(`[name=kind][value="${CSS.escape(fields.kind)}"]`);
    const draft = form.dataset.draft;
    form.elements.body.value = "";
    this.drafts.keep(draft, "");
    return { verb: "create", label: kind?.closest("label").title ?? "", draft };
  }

  // The same for a reply.
  takeReply(form) {
    const { draft } = form.dataset;
    form.elements.body.value = "";
    this.drafts.keep(draft, "");
    return { verb: "reply", card: form.closest("[data-detail]").dataset.detail, draft };
  }

  giveBack(entry) {
    const { draft } = entry.what;
    this.drafts.keep(draft, entry.fields.body);
    const field = this.#field(draft);
    if (field && !field.value) field.value = entry.fields.body;
  }

  // Into the first composer that is shown, after what stands there. False when this person may not write here.
  put(text) {
    const fields = [...document.querySelectorAll("[data-composer] [name=body]")];
    const field = fields.find((one) => one.getClientRects().length);
    if (!field) return false;
    field.value = [field.value, text].filter(Boolean).join("\n\n");
    this.drafts.keep(field.form.dataset.draft, field.value);
    field.focus();
    return true;
  }

  // Another form went through: its text is not wanted any more.
  used({ what: { verb, draft } }) {
    if (typeof draft !== "string" || TAKEN.includes(verb)) return;
    this.drafts.keep(draft, "");
    const field = this.#field(draft);
    if (field) field.value = "";
  }

  // Retry sends the text that was given back, so it leaves the field unless it was changed since.
  taken(entry) {
    const field = this.#field(entry.what.draft);
    if (field?.value !== entry.fields.body) return;
    field.value = "";
    this.drafts.keep(entry.what.draft, "");
  }

  // One in every zone; none while the board is archived.
  fit() {
    if (!this.template) return;
    const archived = document.getElementById("board-archived")?.hidden === false;
    for (const zone of document.querySelectorAll("#zones > [data-zone]")) {
      const form = zone.querySelector("[data-composer]") ?? (archived ? null : this.#build(zone));
      if (form && form.hidden !== archived) form.hidden = archived;
    }
  }

  #field(draft) {
    return draftField(document.querySelector(`form[data-draft="${CSS.escape(draft)}"]`));
  }

  #build(zone) {
    const form = this.template.content.firstElementChild.cloneNode(true);
    form.elements.zone.value = zone.dataset.zone;
    form.dataset.draft = `composer-${zone.dataset.zone}`;
    form.elements.body.setAttribute(
      "aria-label",
      `${form.elements.body.getAttribute("aria-label")}${zone.querySelector("h2").textContent}`,
    );
    zone.append(form);
    return form;
  }
}
