// Forms of the page go out through the outbox; without scripts they are ordinary forms.

import { verbOf } from "./drawer.js";

export function sendForms({ writes, composers, undoing, signal }) {
  document.addEventListener("submit", submit, { signal });

  function submit(event) {
    const form = event.target;
    if (event.defaultPrevented || !form.matches("[data-composer], [data-live-form]")) return;
    event.preventDefault();
    if (form.id === "undo-form") return undoing.undo(event);
    const { csrfmiddlewaretoken, ...fields } = Object.fromEntries(new FormData(form));
    const url = event.submitter?.hasAttribute("formaction") ? event.submitter.formAction : form.action;
    writes.make(event, url, fields, whatOf(form, fields));
    form.closest("details")?.removeAttribute("open");
    form.closest("#acts")?.remove();
    return undefined;
  }

  function whatOf(form, fields) {
    if (form.matches("[data-composer]")) return composers.take(form, fields);
    return form.matches("[data-reply-composer]") ? composers.takeReply(form) : verbOf(form);
  }
}
