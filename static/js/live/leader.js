// One stream for all tabs of a board: the tab that holds the lock reads it, the others listen to that tab.

export class Tabs {
  constructor({
    name,
    onLead,
    onFollow,
    onMessage,
    locks = globalThis.navigator?.locks,
    Channel = globalThis.BroadcastChannel,
    page = globalThis.document,
  }) {
    Object.assign(this, { name, locks, page, onLead, onFollow, leads: false });
    this.channel = new Channel(name);
    this.channel.onmessage = (event) => onMessage(event.data);
    this.ended = new AbortController();
  }

  start() {
    if (this.locks) this.#queue();
    else this.#byVisibility();
  }

  tell(message) {
    if (!this.ended.signal.aborted) this.channel.postMessage(message);
  }

  leave() {
    this.ended.abort();
    this.leads = false;
    this.release?.();
    this.channel.close();
  }

  #queue() {
    const held = () => new Promise((release) => this.#lead(release));
    // Rejected only when this tab leaves while it still waits.
    this.locks.request(this.name, { signal: this.ended.signal }, held).catch(() => {});
    this.onFollow();
  }

  // Without Web Locks (plain HTTP off this machine) the visible tab reads the stream.
  #byVisibility() {
    const decide = () => (this.page.visibilityState === "visible" ? this.#lead() : this.#follow());
    this.page.addEventListener("visibilitychange", decide, { signal: this.ended.signal });
    decide();
  }

  #lead(release) {
    this.release = release;
    if (this.ended.signal.aborted) return release?.();
    this.leads = true;
    return this.onLead();
  }

  #follow() {
    this.leads = false;
    this.onFollow();
  }
}
