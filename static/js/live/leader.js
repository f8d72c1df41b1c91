// One stream for all tabs of a board: the tab that holds the lock reads it, the others listen to that tab.

export class Tabs {
  constructor({ name, onLead, onFollow, onMessage, locks = navigator.locks, Channel = BroadcastChannel }) {
    Object.assign(this, { name, locks, onLead, onFollow, onMessage, leads: false });
    this.channel = new Channel(name);
    this.channel.onmessage = (event) => onMessage(event.data);
    this.ended = new AbortController();
  }

  start() {
    if (this.locks) this.#queue(this.locks, this.name);
    else this.#byVisibility();
  }

  tell(message) {
    this.channel.postMessage(message);
  }

  leave() {
    this.ended.abort();
    this.release?.();
    this.channel.close();
  }

  #queue(locks, name) {
    const held = () => new Promise((release) => this.#lead(release));
    locks.request(name, { signal: this.ended.signal }, held).catch(() => {});
    if (!this.leads) this.onFollow();
  }

  // Without Web Locks (plain HTTP off this machine) the visible tab reads the stream.
  #byVisibility() {
    const decide = () => (document.visibilityState === "visible" ? this.#lead(() => {}) : this.#follow());
    document.addEventListener("visibilitychange", decide, { signal: this.ended.signal });
    decide();
  }

  #lead(release) {
    this.release = release;
    this.leads = true;
    this.onLead();
  }

  #follow() {
    this.leads = false;
    this.onFollow();
  }
}
