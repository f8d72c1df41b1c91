// The operations page as it changes: one stream, opened once. When it ends the page says so, and stays as it is.

import { apply } from "./live/applier.js";
import { Parser } from "./live/sse.js";
import { Wire } from "./live/wire.js";

const page = document.querySelector("main[data-stream]");
const live = document.querySelector("#ops-live");
const pieces = new Map(); // id -> html that is not shown yet

function take({ type, data }) {
  if (type !== "pieces") return;
  for (const [id, html] of Object.entries(JSON.parse(data))) pieces.set(id, html);
  for (const [id, html] of [...pieces]) {
    if (isInHand(document.getElementById(id))) continue;
    pieces.delete(id);
    apply(`<live-update target="${id}" verb="replace">${html}</live-update>`);
  }
}

// Somebody is about to press one of its buttons: it must not become somebody else's.
function isInHand(piece) {
  return piece?.querySelector("button") && (piece.matches(":hover") || piece.contains(document.activeElement));
}

function say(state) {
  live.dataset.state = state;
  const words = live.querySelector("[data-on]");
  words.textContent = words.dataset[state];
}

async function follow() {
  const headers = { Accept: "text/event-stream" };
  const answer = await new Wire().request({ kind: "stream" }, page.dataset.stream, { headers });
  if (!answer.ok) return;
  say("on");
  const parser = new Parser(take);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) parser.feed(part.value);
}

follow()
  .catch(() => {}) // cut, or not there: the page says which it is
  .finally(() => say("off"));
