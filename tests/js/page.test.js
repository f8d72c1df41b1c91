import assert from "node:assert/strict";
import test from "node:test";
import { ServerClock, asClock, elapsed } from "../../static/js/clock.js";
import { Drafts } from "../../static/js/drafts.js";
import { Outbox } from "../../static/js/live/outbox.js";
import { Sequence, comesBefore } from "../../static/js/live/sequence.js";
import { describe } from "../../static/js/live/status.js";

class Storage {
  constructor() {
    this.map = new Map();
  }
  get length() {
    return this.map.size;
  }
  key(index) {
    return [...this.map.keys()][index];
  }
  getItem(key) {
    return this.map.get(key) ?? null;
  }
  setItem(key, value) {
    this.map.set(key, value);
  }
  removeItem(key) {
    this.map.delete(key);
  }
}

test("the clock is right with a computer five minutes off", () => {
  const computer = 1_000_000 + 300_000;
  const clock = new ServerClock(1_000_000, () => computer);
  assert.equal(clock.time(), 1_000_000);
  assert.equal(asClock(elapsed(60_000, 940_000, clock.time())), "02:00");
  assert.equal(asClock(elapsed(3_725_000, Number.NaN, clock.time())), "1:02:05");
});

test("drafts are kept, read, listed and let go", () => {
  const drafts = new Drafts(new Storage(), "/boards/x/");
  drafts.keep("composer", "half a thought");
  assert.equal(drafts.read("composer"), "half a thought");
  assert.deepEqual(drafts.names(), ["composer"]);
  drafts.keep("composer", "");
  assert.deepEqual(drafts.names(), []);
});

test("changes are applied once, in order, and a gap is noticed", () => {
  const sequence = new Sequence("0a1b2c3d", 5);
  const seqs = (taken) => taken.apply.map((change) => change.seq);
  assert.deepEqual(sequence.take({ seq: 5 }), { apply: [], gap: false });
  assert.deepEqual(sequence.take({ seq: 8 }), { apply: [], gap: true });
  assert.deepEqual(seqs(sequence.take({ seq: 6 })), [6]);
  assert.deepEqual(seqs(sequence.take({ seq: 7 })), [7, 8]);
  assert.equal(sequence.id, "0a1b2c3d-8");
});

test("order is rank by code points, then number by size", () => {
  assert.ok(comesBefore({ rank: "i0", number: "9" }, { rank: "i0", number: "10" }));
  assert.ok(comesBefore({ rank: "9" }, { rank: "a" }));
  assert.ok(!comesBefore({ rank: "b" }, { rank: "a" }));
});

function outbox(storage, answers) {
  const told = [];
  const on = Object.fromEntries(
    ["sent", "waiting", "refused", "changed"].map((name) => [name, (entry) => name !== "changed" && told.push([name, entry.mid])]),
  );
  const posted = [];
  const post = async (entry, cause) => {
    posted.push([entry.mid, cause]);
    const next = answers.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  return { made: new Outbox({ post, storage, key: "outbox", on }), told, posted };
}

const ok = { ok: true, status: 200, json: async () => ({}) };
const no = { ok: false, status: 422, json: async () => ({ detail: "No." }) };

test("a lost reply is asked for again under the same id, also after a reload", async () => {
  const storage = new Storage();
  const first = outbox(storage, [new TypeError("network"), new TypeError("network")]);
  await first.made.add({ mid: "a" });
  await first.made.add({ mid: "b" });
  assert.equal(first.made.waiting, 2);
  const second = outbox(storage, [ok, ok]);
  await second.made.flush();
  assert.deepEqual(second.posted, [["a", "queued"], ["b", "queued"]]);
  assert.equal(second.made.waiting, 0);
  assert.equal(storage.length, 0);
});

test("a refusal is told once and not sent again", async () => {
  const { made, told } = outbox(new Storage(), [no]);
  await made.add({ mid: "a" });
  await made.flush();
  assert.deepEqual(told, [["refused", "a"]]);
});

test("the status never lies", () => {
  assert.deepEqual(describe("open", "", 0), ["live", "Live"]);
  assert.equal(describe("open", "", 2)[0], "catching-up");
  assert.deepEqual(describe("waiting", "closed", 3), ["offline", "Offline, 3 waiting"]);
  assert.match(describe("stopped", "killed", 0)[1], /^Paused by the server/);
});
