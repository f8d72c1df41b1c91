// A stream whose answers and clock a test holds in its hand.

import { Stream } from "../../../static/js/live/stream.js";
import { Timers } from "./held.js";

export function answer(status, { text = null, retryAfter = null, headers = {} } = {}) {
  let given = false;
  const read = async () => {
    if (text === null || given) return text === null ? new Promise(() => {}) : { done: true };
    given = true;
    return { done: false, value: new TextEncoder().encode(text) };
  };
  return {
    status,
    headers: { get: (name) => headers[name] ?? (name === "Retry-After" ? retryAfter : null) },
    body: { getReader: () => ({ read }) },
  };
}

export function stream(answers) {
  const timers = new Timers();
  const states = [];
  const opened = [];
  const made = new Stream({
    open: async (signal) => {
      opened.push(timers.time);
      const next = typeof answers === "function" ? answers(opened.length) : (answers.shift() ?? answer(200));
      if (next instanceof Error) throw next;
      signal.addEventListener("abort", () => {});
      return next;
    },
    onEvent: () => {},
    onState: (state, reason, _until, detail) => states.push([state, reason, ...(detail ? [detail] : [])]),
    now: () => timers.time,
    random: () => 1,
    timers,
  });
  return { made, timers, states, opened, last: () => states.at(-1) };
}
