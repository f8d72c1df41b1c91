// The live board: one stream for all tabs, changes applied in order, own writes shown at once.

import { drafts, wordTimes } from "../page.js";
import { Editor } from "./editor.js";
import { LiveBoard } from "./board.js";
import { CardMenu } from "./menu.js";
import { Stream } from "./stream.js";
import { Tabs } from "./leader.js";
import { Wire } from "./wire.js";
import { Writes } from "./writes.js";
import { describe, show } from "./status.js";
import { toast } from "./toasts.js";

const main = document.getElementById("board");
const pill = document.getElementById("status");
const wire = new Wire();
let state = "idle";
let reason = "";
let repairing = false;

const board = new LiveBoard(main, wire, (change) => {
  main.dataset.applied = board.sequence.seq;
  if (change?.mid) writes.settle(change.mid);
  composers();
  sessionForms();
  wordTimes();
});
const writes = new Writes({ wire, main, drafts, onChange: () => tellStatus() });
const editor = new Editor({ writes, board, drafts });
new CardMenu({ writes, editor, main });

const stream = new Stream({
  open: (signal) => wire.request({ kind: "stream" }, board.streamUrl, { signal, headers: { Accept: "text/event-stream" } }),
  onEvent: (event) => {
    tabs.tell({ event });
    handle(event);
  },
  onState: (next, why) => {
    if (!tabs.leads) return;
    tabs.tell({ state: next, reason: why });
    become(next, why);
  },
});

const tabs = new Tabs({
  name: `parley:${main.dataset.slug}:${main.dataset.me}`,
  onLead: () => stream.start(),
  onFollow: () => {
    stream.stop();
    tabs.tell({ hello: board.sequence.seq });
  },
  onMessage: (message) => {
    if (message.event) handle(message.event);
    else if (message.state && !tabs.leads) become(message.state, message.reason);
    else if (message.wake) stream.wake();
    else if (message.reconnect) stream.reconnect();
    else if ("hello" in message && tabs.leads) tabs.tell({ state, reason, head: board.sequence.seq });
    if (message.head > board.sequence.seq) mend("gap");
  },
});
tabs.start();

function handle(event) {
  const missing = wire.locked(() => board.receive(event));
  if (missing) mend(missing);
}

// What is missing is asked for after the event has been handled, once for all of it.
function mend(missing) {
  if (repairing) return;
  repairing = true;
  setTimeout(async () => {
    const mended = missing === "gap" ? (await board.repair()) || (await board.refresh()) : await board.refresh();
    repairing = false;
    if (!mended) toast("This page has fallen behind.", "Reload", () => location.reload());
  }, Math.random() * 300);
}

function become(next, why) {
  state = next;
  reason = why ?? "";
  tellStatus();
  if (state === "open") writes.outbox.flush();
}

function tellStatus() {
  const waiting = typeof writes === "undefined" ? 0 : writes.outbox.waiting;
  show(pill, describe(state, reason, waiting));
  if (["stopped", "exhausted", "waiting"].includes(state) && !pill.nextElementSibling?.matches(".reconnect")) {
    const button = document.createElement("button");
    button.className = "btn btn--quiet reconnect";
    button.textContent = "Reconnect";
    button.addEventListener("click", () => (tabs.leads ? stream.reconnect() : tabs.tell({ reconnect: true })));
    pill.after(button);
  } else if (state === "open") {
    document.querySelector(".reconnect")?.remove();
  }
}

function wake() {
  if (tabs.leads) stream.wake();
  else tabs.tell({ wake: true });
}
for (const kind of ["pointerdown", "keydown"]) {
  document.addEventListener(kind, (event) => event.isTrusted && wake(), { passive: true });
}
addEventListener("online", wake);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake());

// Forms of the page go out through the outbox; without this script they are ordinary forms.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("[data-composer], [data-live-form]")) return;
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(form));
  delete fields.csrfmiddlewaretoken;
  const what = form.matches("[data-composer]") ? compose(form, fields) : {};
  writes.make(event, form.action, fields, what);
  form.closest("details")?.removeAttribute("open");
});

function compose(form, fields) {
  const label = form.querySelector(":checked")?.closest("label").title ?? "";
  const draft = form.dataset.draft;
  form.elements.body.value = "";
  drafts.keep(draft, "");
  drafts.keep(`${draft}:sent`, "");
  return { verb: "create", label, draft };
}

writes.onRefused = (entry) => {
  if (entry.what.verb === "create") {
    const field = document.querySelector(`form[data-draft="${CSS.escape(entry.what.draft)}"]`)?.elements.body;
    if (field && !field.value) field.value = entry.fields.body;
  }
};

// A zone that arrived live gets a composer of its own.
function composers() {
  const template = document.getElementById("composer-template");
  if (!template) return;
  for (const zone of document.querySelectorAll("#zones > [data-zone]")) {
    if (zone.querySelector("[data-composer]")) continue;
    const form = template.content.firstElementChild.cloneNode(true);
    form.elements.zone.value = zone.dataset.zone;
    form.dataset.draft = `composer-${zone.dataset.zone}`;
    form.dataset.keep = "";
    zone.append(form);
  }
}

// The running session's forms follow the session that the page shows.
function sessionForms() {
  const running = document.querySelector("#session [data-session]")?.dataset.session;
  if (!running) return;
  for (const form of document.querySelectorAll("[data-session-act]")) {
    form.action = `${location.pathname}sessions/${running}/${form.dataset.sessionAct}/`;
  }
}
sessionForms();
