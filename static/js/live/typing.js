// Where drafts are typed: it tells the saver who did what, and sends what it says. Loaded with the first key, for who
// only reads has no use for it.

import { draftField } from "../drafts.js";
import { Saver } from "./saver.js";
import { csrf } from "./wire.js";

const PATIENCE_MS = 5000;

// `first`: the act that it was loaded for.
export function saveDrafts({ wire, drafts, signal, first }) {
  const saver = new Saver({
    saved: drafts.served,
    cause: (event) => wire.keystroke(event),
    send(place, text, cause) {
      drafts.serve(place, text !== "");
      return wire.request(cause, `${location.pathname}drafts/${place}/`, optionsOf(text));
    },
  });
  for (const name of [...drafts.served.keys(), placeOf(first.target)]) saver.kept(name, drafts.read(name));
  drafts.onKeep = (name, text) => saver.kept(name, text);
  saver.acted(first);
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
  const { form } = field;
  if (form?.matches(".editor")) return `edit-${form.closest("[data-card]")?.dataset.card}`;
  return form?.dataset.draft && field === draftField(form) ? form.dataset.draft : "";
}

function optionsOf(text) {
  const headers = { Accept: "application/json", "X-CSRFToken": csrf() };
  const more = { headers, keepalive: true, signal: AbortSignal.timeout(PATIENCE_MS) };
  if (!text) return { ...more, method: "DELETE" };
  return { ...more, method: "PUT", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify({ text }) };
}
