// The board page's state: applies changes in order, and asks for what is missing when it is told to.

import { apply, snapshot } from "./applier.js";
import { Sequence } from "./sequence.js";
import { Parser } from "./sse.js";

const PARTS = ["board-title", "board-archived", "session", "members", "zone-tabs", "zones"];
const HELD = 500; // more than that is cheaper to ask for again
const PATIENCE_MS = 20_000;

export class LiveBoard {
  // `onChange(change)` after each applied change; with null after a snapshot. `onFetched({event} or {html})`: for the other tabs.
  // `onOld(change)`: one that the page was rendered with; `from`: how far back the first stream reads.
  // `stands(change)`: whether what was shown at once for an own change is all there is to see of it.
  constructor(main, wire, { onChange, onFetched = () => {}, onOld = () => {}, stands = () => false, from = null }) {
    Object.assign(this, { main, wire, onChange, onFetched, onOld, stands, from });
    this.sequence = new Sequence(main.dataset.epoch, Number(main.dataset.seq));
    this.held = null; // frames that wait for a snapshot
    this.asked = false; // somebody waits to see what was left out
    this.again = ""; // in the address of a stream that follows one of this page's own
    this.#whole();
  }

  get streamUrl() {
    const since = Math.min(this.from ?? this.sequence.seq, this.sequence.seq);
    this.from = null;
    return `${this.main.dataset.stream}?html=1&since=${this.sequence.epoch}-${since}${this.again}`;
  }

  // The last change up to which the page shows everything.
  get shows() {
    return this.leftOut ? this.leftOut - 1 : this.sequence.seq;
  }

  get missing() {
    if (this.asked) return "";
    if (this.held) return "snapshot";
    return this.sequence.gap ? "gap" : "";
  }

  // An event of the stream, also one that another tab passed on. Answers what is missing now.
  receive(event) {
    this.again = "&again=1";
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
  async refresh(cause = { kind: "snapshot" }) {
    await this.#ask(cause, location.pathname, (html) => {
      this.onFetched({ html });
      this.restore(html);
    });
  }

  // A person wants to see what was left out: the one request that their gesture may cause. What comes meanwhile waits
  // for its answer, which may be older. Answers whether it came.
  async show(cause) {
    const { leftOut } = this;
    const waiting = this.held ? null : [];
    this.held ??= waiting;
    this.asked = true;
    await this.refresh(cause);
    this.asked = false;
    if (waiting && this.held === waiting) this.wire.locked(() => this.#goOn());
    return this.leftOut !== leftOut;
  }

  // Another tab may have asked before this one went on: then this page knows more than that answer.
  restore(html) {
    const lost = this.held && !this.asked;
    const isNews = ({ epoch, seq }) => lost || epoch !== this.sequence.epoch || Number(seq) >= this.sequence.seq;
    const now = snapshot(html, PARTS, isNews);
    if (!now) return;
    this.sequence.restart(now.epoch, now.seq);
    this.#whole();
    this.onChange(null);
    this.#goOn();
  }

  #goOn() {
    const held = this.held ?? [];
    this.held = null;
    for (const change of held) this.#change(change);
  }

  #whole() {
    this.unshown = 0; // changes that came without their html: the server saves its strength
    this.leftOut = 0; // the first of them
  }

  async #ask(cause, url, use) {
    try {
      const response = await this.wire.request(cause, url, { signal: AbortSignal.timeout(PATIENCE_MS) });
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
    if (change.html === undefined && !this.stands(change)) {
      this.unshown += 1;
      this.leftOut ||= change.seq;
    }
    try {
      if (change.html) apply(change.html, { highlight: change.actor?.id !== this.main.dataset.me });
    } catch {
      this.held ??= []; // it counts as applied, so only the page itself can still show it
    }
    this.onChange(change);
  }
}
