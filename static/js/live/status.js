// The status pill: what is true now, and why.

const REASONS = new Set(["killed", "flag_off", "revoked", "replaced", "overload"]);

// What the page knows about its stream, in words. `say(name, values)` gives the words.
export function describe({ state, reason = "", detail = "", until = 0, waiting = 0, lost = false, page = "whole", level = 0 }, say) {
  const name = waiting && lost ? "offline" : stateName(state, reason, waiting, page);
  const parts = [page === "stale" ? say("stale") : say(name)];
  if (name === "paused" && page !== "stale" && REASONS.has(reason)) parts.push(say(reason));
  if (name === "paused" && detail) parts.push(detail);
  if (name === "paused" && until) parts.push(say("until", { time: new Date(until).toLocaleTimeString() }));
  if (level && name !== "paused") parts.push(say(`level-${level}`));
  if (waiting) parts.push(say("waiting", { n: waiting }));
  return [name, parts.join(" · ")];
}

function stateName(state, reason, waiting, page) {
  if (page === "stale" || state === "stopped" || reason === "overload") return "paused";
  if (state === "open") return waiting || page === "mending" ? "catching-up" : "live";
  if (state === "exhausted") return "offline";
  const known = state === "idle" || state === "connecting" || reason === "deploy" || reason === "asked";
  return known && reason !== "again" ? "catching-up" : "offline";
}

export class Pill {
  constructor(element, say, onReconnect) {
    Object.assign(this, { element, say });
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "btn btn--quiet reconnect";
    this.button.textContent = say("reconnect");
    this.button.addEventListener("click", (event) => event.isTrusted && onReconnect());
  }

  show(now) {
    const [name, text] = describe(now, this.say);
    if (this.element.dataset.state !== name) this.element.dataset.state = name;
    this.element.toggleAttribute("data-busy", now.level > 0);
    if (this.element.textContent !== text) this.element.textContent = text;
    const stuck = ["stopped", "exhausted"].includes(now.state);
    if (stuck && !this.button.isConnected) this.element.after(this.button);
    if (!stuck && now.state !== "waiting") this.button.remove(); // not between pressing and letting go
  }
}
