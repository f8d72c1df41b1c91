// Every page: times in words, clocks, drafts. Sends nothing.

import { ServerClock, ago, asClock, elapsed } from "./clock.js";
import { Drafts } from "./drafts.js";

const board = document.querySelector("[data-now]");
export const clock = new ServerClock(Date.parse(board?.dataset.now ?? ""));
export const drafts = new Drafts(localStorage, location.pathname);

class ParleyClock extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.show(), 1000);
    this.show();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  show() {
    const since = Date.parse(this.dataset.runningSince || "");
    const ms = elapsed(Number(this.dataset.accumulatedMs), since, clock.time());
    const text = asClock(ms);
    if (this.textContent !== text) this.textContent = text;
  }
}
customElements.define("parley-clock", ParleyClock);

export function wordTimes(root = document) {
  for (const time of root.querySelectorAll(".card time[datetime]")) {
    const at = Date.parse(time.dateTime);
    const text = ago(clock.time() - at);
    if (time.textContent !== text) time.textContent = text;
    if (!time.title) time.title = new Date(at).toLocaleString();
  }
}
wordTimes();
setInterval(wordTimes, 30_000);

const refused = document.querySelector(".error[role=alert]:not([hidden])");
for (const form of document.querySelectorAll("form[data-draft]")) {
  const field = form.elements.body;
  const name = form.dataset.draft;
  if (drafts.read(`${name}:sent`) && !refused) {
    drafts.keep(name, "");
  }
  drafts.keep(`${name}:sent`, "");
  if (!field.value) field.value = drafts.read(name);
  form.addEventListener("submit", () => drafts.keep(`${name}:sent`, "1"));
}
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-draft]");
  if (form && event.target.name === "body") drafts.keep(form.dataset.draft, event.target.value);
});

// Enter adds, Shift+Enter makes a new line: as in every composer.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  const form = event.target.closest?.("form[data-composer]");
  if (!form || event.target.name !== "body") return;
  event.preventDefault();
  form.requestSubmit();
});
