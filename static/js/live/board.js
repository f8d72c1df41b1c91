// The board page's state: applies changes in order, repairs a gap once, then asks for the page itself.

import { Sequence } from "./sequence.js";
import { apply, snapshot } from "./applier.js";
import { Parser } from "./sse.js";

const PARTS = ["board-title", "board-archived", "session", "members", "zone-tabs", "zones"];
const REPAIR_MS = 5000;

export class LiveBoard {
  constructor(main, wire, onChange) {
    Object.assign(this, { main, wire, onChange });
    this.sequence = new Sequence(main.dataset.epoch, Number(main.dataset.seq));
    this.held = null;
  }

  get streamUrl() {
    return `${this.main.dataset.stream}?html=1&since=${this.sequence.id}`;
  }

  // An event of the stream, also when another tab passed it on. Answers what is missing: "", "gap" or "snapshot".
  receive(event) {
    if (event.type === "change") return this.#changes([{ ...JSON.parse(event.data), epoch: event.id.split("-")[0] }]);
    if (event.type === "head") return JSON.parse(event.data).seq > this.sequence.seq ? "gap" : "";
    if (event.type === "reset") {
      this.held = [];
      return "snapshot";
    }
    return "";
  }

  // Gap repair: the same frames, finite; a snapshot when that is not enough. Called later, never while handling an event.
  async repair() {
    try {
      const url = `${this.main.dataset.events}?html=1&since=${this.sequence.id}`;
      const response = await this.wire.request({ kind: "repair" }, url);
      if (!response.ok) return false;
      let missing = "";
      const parser = new Parser((event) => {
        missing = this.wire.locked(() => this.receive(event)) || missing;
      });
      parser.feed(await response.text());
      if (missing !== "snapshot") return missing === "";
      await new Promise((resolve) => setTimeout(resolve, REPAIR_MS));
      return this.refresh();
    } catch {
      return false;
    }
  }

  async refresh() {
    try {
      const response = await this.wire.request({ kind: "snapshot" }, location.pathname);
      if (!response.ok) return false;
      const state = snapshot(await response.text(), PARTS);
      if (!state) return false;
      this.sequence.restart(state.epoch, state.seq);
      this.onChange(null);
      const held = this.held ?? [];
      this.held = null;
      return this.wire.locked(() => this.#changes(held)) === "";
    } catch {
      return false;
    }
  }

  #changes(changes) {
    if (this.held) {
      this.held.push(...changes);
      return "";
    }
    let missing = "";
    for (const change of changes) {
      if (change.epoch !== this.sequence.epoch) return "snapshot";
      const { apply: ready, gap } = this.sequence.take(change);
      for (const next of ready) {
        if (next.html === undefined) missing = "snapshot";
        else apply(next.html, { highlight: next.actor?.id !== this.main.dataset.me });
        this.onChange(next);
      }
      if (gap) missing ||= "gap";
    }
    return missing;
  }
}
