// Others' changes for those who listen: one sentence each five seconds at most, and it can be silenced.

export const QUIET_MS = 5000;

export class Announcer {
  // `speak(words)`; `say(changes, names)` makes the sentence; clock and timers can be held.
  constructor({ speak, say, isMuted = () => false, timers = globalThis }) {
    Object.assign(this, { speak, say, isMuted, timers, changes: 0, names: new Set(), timer: null });
  }

  heard({ actor }) {
    if (!actor || this.isMuted()) return;
    this.changes += 1;
    this.names.add(actor.name);
    this.timer ??= this.timers.setTimeout(() => this.#tell(), QUIET_MS);
  }

  // What oneself did is spoken at once.
  own(words) {
    if (words) this.speak(words);
  }

  stop() {
    this.timers.clearTimeout(this.timer);
  }

  #tell() {
    this.timer = null;
    if (this.changes && !this.isMuted()) this.speak(this.say(this.changes, [...this.names]));
    this.changes = 0;
    this.names.clear();
  }
}
