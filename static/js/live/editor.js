// Edit in place: the text stands in a form inside the card; colleagues' changes do not touch it.

export class Editor {
  constructor({ writes, board, drafts }) {
    Object.assign(this, { writes, board, drafts });
    for (const name of drafts.names()) {
      const uid = name.startsWith("edit-") && name.slice("edit-".length);
      const card = uid && document.getElementById(`card-${uid}`);
      if (card) this.open(card, drafts.read(name));
    }
  }

  open(card, text = null) {
    const already = card.querySelector("form.editor");
    if (already) {
      already.elements.body.focus();
      return;
    }
    const form = document.getElementById("editor-template").content.firstElementChild.cloneNode(true);
    const { body, kind, assignee } = form.elements;
    form.dataset.keep = "";
    form.dataset.baseVersion = card.dataset.version;
    for (const one of document.querySelectorAll("#members li")) {
      assignee.add(new Option(one.querySelector(".who").getAttribute("aria-label"), one.dataset.username));
    }
    const before = { body: card.dataset.body, kind: card.dataset.kind, assignee: card.dataset.assignee };
    body.value = text ?? before.body;
    kind.value = before.kind;
    assignee.value = before.assignee;
    const name = `edit-${card.dataset.card}`;
    form.addEventListener("input", () => this.drafts.keep(name, body.value));
    form.addEventListener("keydown", (event) => this.#keys(event, form, card));
    form.querySelector("[data-cancel]").addEventListener("click", () => this.close(card, form));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(event, card, form, before);
    });
    card.classList.add("is-editing");
    card.append(form);
    body.focus();
  }

  close(card, form) {
    this.drafts.keep(`edit-${card.dataset.card}`, "");
    card.classList.remove("is-editing");
    form.remove();
    card.querySelector("[data-card-menu]")?.focus();
  }

  #keys(event, form, card) {
    if (event.key === "Escape") {
      event.preventDefault();
      this.close(card, form);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  }

  #save(event, card, form, before) {
    const { body, kind, assignee } = form.elements;
    const now = { body: body.value, kind: kind.value, assignee: assignee.value };
    const changed = Object.fromEntries(Object.entries(now).filter(([field, value]) => value !== before[field]));
    const baseVersion = form.dataset.baseVersion;
    const name = `edit-${card.dataset.card}`;
    this.close(card, form);
    if (!Object.keys(changed).length) return;
    const url = `${location.pathname}cards/${card.dataset.card}/edit/`;
    const what = { verb: "edit", card: card.dataset.card, draft: changed.body === undefined ? "" : name };
    this.writes.make(event, url, { ...changed, base_version: baseVersion }, what);
  }
}
