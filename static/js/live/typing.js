// Where drafts are typed: it tells the saver who did what, and sends what it says.

import { draftField } from "../drafts.js";
import { Saver } from "./saver.js";

const PATIENCE_MS = 5000;

export function saveDrafts({ wire, drafts, signal }) {
  const saver = new Saver({
    saved: drafts.given,
    cause: (event) => wire.keystroke(event),
    send: (place, text, cause) => wire.request(cause, `${location.pathname}drafts/${place}/`, optionsOf(text)),
  });
  drafts.onKeep = (name, text) => saver.kept(name, text);
  for (const kind of ["input", "keydown", "click"]) document.addEventListener(kind, (event) => saver.acted(event), { signal });
  document.addEventListener("focusout", (event) => left(event) && saver.leave(placeOf(event.target)), { signal });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && saver.leave(), { signal });
  return saver;
}

// Not to another part of the same form: its button sends the text anyway.
function left({ target, relatedTarget }) {
  return placeOf(target) && (!relatedTarget || relatedTarget.form !== target.form);
}

export function placeOf(field) {
  const form = field.form;
  if (form?.matches(".editor")) return `edit-${form.closest("[data-card]").dataset.card}`;
  return form?.dataset.draft && field === draftField(form) ? form.dataset.draft : "";
}

function optionsOf(text) {
  const csrf = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
  const headers = { Accept: "application/json", "X-CSRFToken": csrf };
  const more = { headers, keepalive: true, signal: AbortSignal.timeout(PATIENCE_MS) };
  if (!text) return { ...more, method: "DELETE" };
  return { ...more, method: "PUT", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify({ text }) };
}
