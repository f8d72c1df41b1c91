// The board page's state: applies changes in order, and asks for what is missing when it is told to.

import { apply, snapshot } from "./applier.js";
import { Sequence } from "./sequence.js";
import { Parser } from "./sse.js";

const PARTS = ["board-title", "board-archived", "session", "members", "zone-tabs", "zones"];
const HELD = 500; // more than that is cheaper to ask for again

export class LiveBoard {
  // `onChange(change)` after each applied change; with null after a snapshot. `onFetched({event} or {html})`: for the other tabs.
  // `onOld(change)`: one that the page was rendered with; `from`: how far back the first stream reads.
  constructor(main, wire, { onChange, onFetched = () => {}, onOld = () => {}, from = null }) {
    Object.assign(this, { main, wire, onChange, onFetched, onOld, from });
    this.sequence = new Sequence(main.dataset.epoch, Number(main.dataset.seq));
    this.held = null; // frames that wait for a snapshot
    this.unshown = 0; // changes that came without their html: the server saves its strength
  }

  get streamUrl() {
    const since = Math.min(this.from ?? this.sequence.seq, this.sequence.seq);
    this.from = null;
    return `${this.main.dataset.stream}?html=1&since=${this.sequence.epoch}-${since}`;
  }

  get missing() {
    if (this.held) return "snapshot";
    return this.sequence.gap ? "gap" : "";
  }

  // An event of the stream, also one that another tab passed on. Answers what is missing now.
  receive(event) {
    if (event.type === "change") this.#change({ ...JSON.parse(event.data), epoch: event.id.split("-")[0] });
    else if (event.type === "head") this.sequence.saw(JSON.parse(event.data).seq);
    else if (event.type === "reset") this.held = [];
    return this.missing;
  }

  // The same frames, finite.
  async repair() {
    await this.#ask({ kind: "repair" }, `${this.main.dataset.events}?html=1&since=${this.sequence.id}`, (text) => {
      const parser = new Parser((event) => {
        if (event.type === "change") this.onFetched({ event });
        this.receive(event);
      });
      parser.feed(text);
    });
  }

  // The page as the server has it now.
  async refresh() {
    await this.#ask({ kind: "snapshot" }, location.pathname, (html) => {
      this.onFetched({ html });
      this.restore(html);
    });
  }

  // A person wants to see what was left out: the one request that their gesture may cause.
  show(cause) {
    return this.#ask(cause, location.pathname, (html) => {
      this.onFetched({ html });
      this.restore(html);
    });
  }

  restore(html) {
    const now = snapshot(html, PARTS);
    if (!now) return;
    this.sequence.restart(now.epoch, now.seq);
    const held = this.held ?? [];
    this.held = null;
    this.unshown = 0;
    this.onChange(null);
    for (const change of held) this.#change(change);
  }

  async #ask(cause, url, use) {
    try {
      const response = await this.wire.request(cause, url);
      if (response.status !== 200) return;
      const text = await response.text();
      this.wire.locked(() => use(text));
    } catch {
      // What is missing still is: the mender sees it and goes on from there.
    }
  }

  #change(change) {
    if (change.epoch === this.sequence.epoch && change.seq <= this.sequence.seq) this.onOld(change);
    if (!this.held && change.epoch !== this.sequence.epoch) this.held = [];
    if (this.held) {
      if (this.held.length >= HELD) this.held = [];
      this.held.push(change);
      return;
    }
    for (const next of this.sequence.take(change)) this.#apply(next);
    if (this.sequence.lost) this.held = [];
  }

  #apply(change) {
    if (change.html === undefined && change.actor?.id !== this.main.dataset.me) this.unshown += 1;
    try {
      if (change.html) apply(change.html, { highlight: change.actor?.id !== this.main.dataset.me });
    } catch {
      this.held ??= []; // it counts as applied, so only the page itself can still show it
    }
    this.onChange(change);
  }
}
