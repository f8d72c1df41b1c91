// The only module that sends anything. Every request has a cause; while an event of the stream is handled, none goes out.

const CAUSES = new Set(["gesture", "stream", "repair", "snapshot", "queued"]);
const REPAIR_MS = 5000;

export class Bucket {
  // 10 at once, 2 per second in the long run, for everything a person did not just do.
  constructor(now = () => performance.now(), burst = 10, perSecond = 2) {
    Object.assign(this, { now, burst, perSecond, tokens: burst, at: now() });
  }

  take() {
    const now = this.now();
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.at) / 1000) * this.perSecond);
    this.at = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}

export class Refused extends Error {}

export class Wire {
  constructor(send = (...args) => fetch(...args), bucket = new Bucket(), now = () => performance.now()) {
    Object.assign(this, { send, bucket, now, locks: 0, violations: 0, repairedAt: Number.NEGATIVE_INFINITY });
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

  request(cause, url, options = {}) {
    if (this.locks) {
      this.violations += 1;
      throw new Refused("An event of the stream must not cause a request.");
    }
    if (!CAUSES.has(cause.kind)) throw new Refused(`A request needs a cause; ${cause.kind} is none.`);
    if (cause.kind === "repair" || cause.kind === "snapshot") this.#mayRepair();
    if (cause.kind !== "gesture" && !this.bucket.take()) throw new Refused("This browser has asked enough for now.");
    const headers = { ...options.headers, ...(cause.id ? { "X-Cause": cause.id } : {}) };
    return this.send(url, { credentials: "same-origin", ...options, headers });
  }

  #mayRepair() {
    const now = this.now();
    if (now - this.repairedAt < REPAIR_MS) throw new Refused("A gap is repaired at most once in 5 s.");
    this.repairedAt = now;
  }
}

// The cause of a request that a person made just now. A script's own event is none.
export function gesture(event) {
  if (!event?.isTrusted) throw new Refused("Only a person's own gesture causes a write.");
  return { kind: "gesture", id: uuid() };
}

export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [8, 12, 16, 20].reduceRight((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, hex);
}
