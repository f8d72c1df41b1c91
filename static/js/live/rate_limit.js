// GCRA, as the server counts: at most `burst` at once, and one per `interval` (ms) in the long run.

export class RateLimiter {
  // `arrival.value`: when the bucket is full again; may be one that others share.
  constructor(interval, burst, now = Date.now, arrival = { value: Number.NEGATIVE_INFINITY }) {
    Object.assign(this, { interval, burst, now, arrival });
  }

  // 0 when admitted, else how many ms until it would be.
  admit(cost = 1) {
    const now = this.now();
    // A clock that was set back must not lock anybody out for longer than an empty bucket would.
    const ahead = Math.min(Math.max(this.arrival.value - now, 0), (this.burst + cost) * this.interval);
    const wait = ahead - (this.burst - 1) * this.interval;
    const next = now + ahead + (wait > 0 ? 0 : cost * this.interval);
    // One that was too far ahead is brought back also when refused, else each wait would be followed by another.
    if (wait <= 0 || this.arrival.value > next) this.arrival.value = next;
    return Math.max(Math.ceil(wait), 0);
  }
}
