// Every page: times in words, clocks, drafts. Sends nothing.

import { ago, asClock, elapsed, ServerClock } from "./clock.js";
import { Drafts, draftField, givenIn, wasTaken } from "./drafts.js";

const WORDING_MS = 30_000; // "3 min. ago" is right to the minute
const page = document.querySelector("[data-now]")?.dataset ?? {};
export const clock = new ServerClock(Date.parse(page.now ?? ""));
export const storage = allowedStorage();
export const drafts = new Drafts(storage, `${page.me ?? ""}${location.pathname}`, givenIn(document.getElementById("drafts")));

function allowedStorage() {
  try {
    return localStorage;
  } catch {
    return null; // forbidden in this browser: nothing is kept, everything else works
  }
}

class ParleyClock extends HTMLElement {
  static observedAttributes = ["data-accumulated-ms", "data-running-since"];

  connectedCallback() {
    this.timer = setInterval(() => this.show(), 1000);
    this.show();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.show();
  }

  show() {
    const since = Date.parse(this.dataset.runningSince || "");
    const text = asClock(elapsed(Number(this.dataset.accumulatedMs), since, clock.time()));
    if (this.textContent !== text) this.textContent = text;
  }
}
customElements.define("parley-clock", ParleyClock);

// Where minutes and seconds matter, as `data-exact` says.
const EXACT = {
  time: { timeStyle: "medium", hourCycle: "h23" },
  day: { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" },
  minute: { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" },
};

export function wordTimes() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const at = Date.parse(time.dateTime);
    if (!Number.isFinite(at)) continue;
    const text = wording(time, at);
    if (time.textContent !== text) time.textContent = text;
    if (!time.title) time.title = new Date(at).toLocaleString();
  }
}

function wording(time, at) {
  if (time.closest(".card, .reply, .mention-row")) return ago(clock.time() - at);
  const exact = EXACT[time.dataset.exact];
  const style = exact ?? (time.closest(".log") ? { timeStyle: "short" } : { dateStyle: "medium" });
  return new Intl.DateTimeFormat(document.documentElement.lang || undefined, style).format(at);
}

function restoreDrafts() {
  const refused = document.querySelector(".error[role=alert]:not([hidden])");
  const navigation = performance.getEntriesByType("navigation")[0]?.type ?? "navigate";
  for (const form of document.querySelectorAll("form[data-draft]")) {
    const name = form.dataset.draft;
    if (wasTaken({ sent: drafts.read(`${name}:sent`), refused, navigation })) drafts.keep(name, "");
    drafts.keep(`${name}:sent`, "");
    giveDraft(form);
  }
}

// What was being written here before, unless something else stands there by now.
export function giveDraft(form) {
  const field = draftField(form);
  const kept = field.value === field.defaultValue && drafts.read(form.dataset.draft);
  if (kept) field.value = kept;
  if (kept) form.closest("details")?.setAttribute("open", "");
}

wordTimes();
setInterval(wordTimes, WORDING_MS);
restoreDrafts();

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-draft]");
  if (form && event.target === draftField(form)) drafts.keep(form.dataset.draft, event.target.value);
});

// A plain form leaves the page: the next one tells whether the text was taken.
addEventListener("submit", (event) => {
  const name = event.target.dataset.draft;
  if (!name || event.defaultPrevented) return;
  drafts.keep(`${name}:sent`, "1");
  if (drafts.isServed(name)) event.target.append(drafted());
});

// The server has a draft of this text, to let go of with it.
function drafted() {
  return Object.assign(document.createElement("input"), { type: "hidden", name: "drafted", value: "1" });
}

// Enter adds, Shift+Enter makes a new line: as in every composer.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  const form = event.target.closest?.("form[data-composer], form[data-reply-composer]");
  if (!form || event.target.name !== "body") return;
  event.preventDefault();
  form.requestSubmit();
});
