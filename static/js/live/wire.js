// The only module that sends anything. Every request has a cause; while an event of the stream is handled, none goes out.

import { RateLimiter } from "./rate_limit.js";

const CAUSES = new Set(["stream", "repair", "snapshot", "queued"]);
export const REPAIR_MS = 5000; // per browser: the server admits one repair per 5 s and person
const STEPS = 11; // by more the bucket is never behind
export const PULSES = ["editing", "typing", "focus", "cursor"]; // in this order: when there is no room for all, cursors wait

// A time that all tabs of this browser share, also after a reload. What storage does not keep, this tab does.
class Shared {
  #own = Number.NEGATIVE_INFINITY;

  // Two tabs at the very same moment read the same and may both be admitted: one more than there should be. As each hears
  // what the other wrote and counts a `step` for it, the next one is admitted later. A lock would be no closer, for it is
  // handed on before what was written arrives, and a tab that hangs would hold up all others.
  constructor(storage, key, step, page) {
    Object.assign(this, { storage, key });
    page.addEventListener?.("storage", (event) => event.key === key && this.#hear(Number(event.newValue) || this.#own, step));
  }

  get value() {
    try {
      return Math.max(Number(this.storage.getItem(this.key)) || this.#own, this.#own);
    } catch {
      return this.#own;
    }
  }

  set value(time) {
    const back = this.value > time;
    this.#own = time;
    if (back && this.value === time) return; // only this tab was too far ahead, and others would count it
    try {
      this.storage.setItem(this.key, time);
    } catch {
      // Full, forbidden or not there.
    }
  }

  // Far less than is known here: the clock was set back.
  #hear(time, step) {
    this.#own = this.#own - time > STEPS * step ? time : Math.max(this.#own + step, time);
  }
}

export class Refused extends Error {
  constructor(words, retryMs = null) {
    super(words);
    this.retryMs = retryMs;
  }
}

const gestures = new WeakSet(); // causes that a person made and that have not been used
const felt = new WeakSet(); // causes of pulses, each for one
const typed = new WeakSet(); // causes of saved drafts, each for one
const spent = new WeakSet(); // events that have caused their one request
const moved = new Map(PULSES.map((kind) => [kind, new WeakSet()])); // events that have caused their one pulse of a kind
const keyed = new WeakSet(); // events that have caused their one saved draft

// The cause of the one request that a person's own act may make. A script's event is none.
export function gesture(event) {
  // A submit event is trusted also when a script asked for it; the browser knows whether somebody acted.
  const acted = globalThis.navigator?.userActivation?.isActive ?? true;
  if (!event?.isTrusted || !acted || spent.has(event)) throw new Refused("Only a person's own gesture causes a write.");
  spent.add(event);
  return made("gesture", gestures);
}

function made(kind, unused) {
  const cause = Object.freeze({ kind, id: uuid() });
  unused.add(cause);
  return cause;
}

export class Wire {
  constructor({ send = (...args) => fetch(...args), now = Date.now, storage = null, page = globalThis } = {}) {
    Object.assign(this, { send, now, locks: 0, violations: 0, repaired: new Shared(storage, "parley:repaired", 0, page) });
    // 10 at once, 2 per second in the long run, for everything a person did not just do, in all tabs together.
    this.bucket = new RateLimiter(500, 10, now, new Shared(storage, "parley:arrival", 500, page));
    // The server admits ten pulses a second. In each tab for itself: one hand moves, over the one tab that it sees.
    this.pulses = new RateLimiter(100, 5, now);
  }

  // Handle an event of the stream: nothing in it may send.
  locked(handler) {
    this.locks += 1;
    try {
      return handler();
    } finally {
      this.locks -= 1;
    }
  }

  // Whether a person did this. What an event of the stream brings about is nobody's act.
  acts(event) {
    return Boolean(event?.isTrusted) && !this.locks;
  }

  // The cause of one pulse: somebody moved, typed or went somewhere. Each act has one of each kind.
  impulse(event, kind) {
    return this.#first(event, moved.get(kind)) && made("pulse", felt);
  }

  // The cause of one save of a draft, now or a little later: somebody typed it. Each act has one.
  keystroke(event) {
    return this.#first(event, keyed) && made("draft", typed);
  }

  request(cause, url, options = {}) {
    if (this.locks) {
      this.violations += 1;
      throw new Refused("An event of the stream must not cause a request.");
    }
    if (felt.delete(cause)) this.#pace();
    else if (!gestures.delete(cause)) this.#admit(cause);
    const headers = { ...options.headers, ...(cause.id ? { "X-Cause": cause.id } : {}) };
    return this.send(url, { credentials: "same-origin", ...options, headers });
  }

  // Null when it is nobody's act, or has had its one.
  #first(event, seen) {
    return this.acts(event) && !seen.has(event) ? seen.add(event) : null;
  }

  #pace() {
    const wait = this.pulses.admit();
    if (wait) throw new Refused("That was more pulses than others need.", wait);
  }

  #admit(cause) {
    if (!CAUSES.has(cause.kind) && !typed.delete(cause)) throw new Refused(`A request needs a cause; ${cause.kind} is none.`);
    const repair = cause.kind === "repair" || cause.kind === "snapshot";
    const wait = repair ? this.repairWait() : 0;
    if (wait) throw new Refused("A gap is repaired at most once in 5 s.", wait);
    const tokenWait = this.bucket.admit();
    if (tokenWait) throw new Refused("This browser has asked enough for now.", tokenWait);
    if (repair) this.repaired.value = this.now();
  }

  // How long until this browser, any of its tabs, may repair again.
  repairWait() {
    const since = this.now() - this.repaired.value;
    return since >= 0 && since < REPAIR_MS ? REPAIR_MS - since : 0;
  }
}

export function csrf() {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [8, 12, 16, 20].reduceRight((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, hex);
}
