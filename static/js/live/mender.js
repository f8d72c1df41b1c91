// What is missing is asked for once: first the gap, then the page itself, then a person is told.

const SPREAD_MS = 300; // another tab's repair may arrive first

export class Mender {
  // `missing()` -> "", "gap" or "snapshot"; `repair()` and `refresh()` resolve when they are through, however it went;
  // `wait()`: ms until this browser may ask; `onState("whole" | "mending" | "stale")`.
  constructor({ missing, repair, refresh, wait, onState, random = Math.random, timers = globalThis }) {
    Object.assign(this, { missing, repair, refresh, wait, onState, random, timers });
    this.state = "whole";
  }

  // Called after each event; does nothing itself but start a timer.
  look() {
    if (!this.missing()) {
      if (this.state === "stale") this.#become("whole");
    } else if (this.state === "whole") {
      this.#start();
    }
  }

  // The stream is open again: worth another try also when the page was given up.
  again() {
    if (this.state === "stale") this.#start();
  }

  stop() {
    this.timers.clearTimeout(this.timer);
  }

  #start() {
    this.repaired = false;
    this.#become("mending");
    this.#later();
  }

  #later() {
    this.timer = this.timers.setTimeout(() => this.#try(), Math.max(this.wait(), this.random() * SPREAD_MS));
  }

  async #try() {
    const missing = this.missing();
    if (!missing) return this.#become("whole");
    if (this.wait() > 0) return this.#later();
    const refreshing = this.repaired || missing === "snapshot";
    this.repaired = true;
    await (refreshing ? this.refresh() : this.repair());
    if (!this.missing()) return this.#become("whole");
    return refreshing ? this.#become("stale") : this.#later();
  }

  #become(state) {
    this.state = state;
    this.onState(state);
  }
}
