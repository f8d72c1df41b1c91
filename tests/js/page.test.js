import assert from "node:assert/strict";
import test from "node:test";
import { asClock, elapsed, ServerClock } from "../../static/js/clock.js";
import { Drafts, wasTaken } from "../../static/js/drafts.js";
import { describe } from "../../static/js/live/status.js";
import { fill } from "../../static/js/words.js";
import { Storage } from "./support/held.js";

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

test("two people at one computer do not see each other's drafts", () => {
  const storage = new Storage();
  new Drafts(storage, "ada/boards/x/").keep("composer", "Ada's");
  assert.equal(new Drafts(storage, "bob/boards/x/").read("composer"), "");
});

test("without storage drafts are forgotten and nothing breaks", () => {
  const drafts = new Drafts(null, "x");
  drafts.keep("composer", "text");
  assert.equal(drafts.read("composer"), "");
  assert.deepEqual(drafts.names(), []);
});

test("what was done with here is not given again, and what was written elsewhere since is", () => {
  const storage = new Storage();
  new Drafts(storage, "x", new Map([["composer", "Old"]])).keep("composer", "");
  const again = new Drafts(storage, "x", new Map([["composer", "Old"]]));
  assert.equal(again.read("composer"), "");
  assert.ok(again.isServed("composer")); // the server is told with the next key
  assert.equal(new Drafts(storage, "x", new Map([["composer", "Newer"]])).read("composer"), "Newer");
});

test("what the server had is given where this browser knows nothing, until it is used", () => {
  const given = new Map([
    ["composer", "from another device"],
    ["session", "theirs"],
  ]);
  for (const storage of [new Storage(), null]) {
    const drafts = new Drafts(storage, "x", given);
    assert.equal(drafts.read("composer"), "from another device");
    assert.deepEqual(drafts.names(), ["composer", "session"]);
    drafts.keep("composer", "");
    assert.deepEqual([drafts.read("composer"), drafts.names()], ["", ["session"]]);
  }
  const storage = new Storage();
  new Drafts(storage, "x").keep("composer", "typed here");
  assert.equal(new Drafts(storage, "x", given).read("composer"), "typed here");
});

test("a page knows what the one before it saved as it was left", () => {
  const storage = new Storage();
  new Drafts(storage, "x").serve("edit-1", true);
  const drafts = new Drafts(storage, "x", new Map([["session", "theirs"]]));
  assert.deepEqual(
    ["edit-1", "session", "reply-1"].map((name) => drafts.isServed(name)),
    [true, true, false],
  );
  for (const name of ["edit-1", "session"]) drafts.serve(name, false);
  assert.deepEqual([drafts.isServed("edit-1"), drafts.isServed("session")], [false, false]);
});

test("a plain form's text goes only when the server has taken it", () => {
  assert.equal(wasTaken({ sent: "1", refused: null, navigation: "navigate" }), true);
  assert.equal(wasTaken({ sent: "1", refused: {}, navigation: "navigate" }), false);
  assert.equal(wasTaken({ sent: "1", refused: null, navigation: "back_forward" }), false);
  assert.equal(wasTaken({ sent: "", refused: null, navigation: "navigate" }), false);
});

test("words are filled with their values", () => {
  assert.equal(fill("After #{number} {text}", { number: "3", text: "a {b}" }), "After #3 a {b}");
});

const say = (name, values = {}) => [name, ...Object.values(values)].join(":");
const status = (now) => describe(now, say);

test("the status never lies", () => {
  assert.deepEqual(status({ state: "open" }), ["live", "live"]);
  assert.deepEqual(status({ state: "open", waiting: 2 }), ["catching-up", "catching-up · waiting:2"]);
  assert.equal(status({ state: "open", page: "mending" })[0], "catching-up");
  assert.deepEqual(status({ state: "open", page: "stale" }), ["paused", "stale"]);
  assert.deepEqual(status({ state: "waiting", reason: "closed", waiting: 3 }), ["offline", "offline · waiting:3"]);
  assert.deepEqual(status({ state: "stopped", reason: "killed" }), ["paused", "paused · killed"]);
  assert.equal(status({ state: "waiting", reason: "deploy" })[0], "catching-up");
  assert.equal(status({ state: "exhausted" })[0], "offline");
  assert.deepEqual(status({ state: "open", waiting: 1, lost: true }), ["offline", "offline · waiting:1"]);
  assert.deepEqual(status({ state: "stopped", reason: "killed", detail: "too hot" })[1], "paused · killed · too hot");
  assert.equal(status({ state: "waiting", reason: "asked" })[0], "catching-up");
});

test("a busy server is a pause with its end, not a network that is gone", () => {
  const [name, text] = status({ state: "waiting", reason: "overload", until: Date.now() });
  assert.equal(name, "paused");
  assert.match(text, /^paused · overload · until:/);
});

test("while every attempt fails the page stays offline, also during an attempt", () => {
  assert.equal(status({ state: "connecting" })[0], "catching-up");
  assert.equal(status({ state: "connecting", reason: "again" })[0], "offline");
});
