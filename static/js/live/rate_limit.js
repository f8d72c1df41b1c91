// GCRA, as the server counts: at most `burst` at once, and one per `interval` (ms) in the long run.

export class RateLimiter {
  constructor(interval, burst, now = Date.now) {
    Object.assign(this, { interval, burst, now, arrival: Number.NEGATIVE_INFINITY });
  }

  // 0 when admitted, else how many ms until it would be.
  admit(cost = 1) {
    const now = this.now();
    // A clock that was set back must not lock anybody out for longer than an empty bucket would.
    const ahead = Math.min(Math.max(this.arrival - now, 0), (this.burst + cost) * this.interval);
    const wait = ahead - (this.burst - 1) * this.interval;
    if (wait > 0) return Math.ceil(wait);
    this.arrival = now + ahead + cost * this.interval;
    return 0;
  }
}
