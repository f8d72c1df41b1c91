import assert from "node:assert/strict";
import { test } from "node:test";

import { merge } from "../../static/js/live/merge.js";

const base = "The deploy exhausted the pool on Thursday.";

test("what only one side changed is taken", () => {
  assert.deepEqual(merge(base, base, "Mine"), { text: "Mine", clean: true });
  assert.deepEqual(merge(base, "Theirs", base), { text: "Theirs", clean: true });
});

test("changes at different words come together", () => {
  const theirs = "The late deploy exhausted the pool on Thursday.";
  const mine = "The deploy exhausted the pool on Friday.";
  assert.deepEqual(merge(base, theirs, mine), { text: "The late deploy exhausted the pool on Friday.", clean: true });
});

test("where both changed the same words, both stand there", () => {
  const { text, clean } = merge(base, base.replace("Thursday.", "Monday."), base.replace("Thursday.", "Friday."));
  assert.equal(clean, false);
  assert.ok(text.includes("Monday.") && text.includes("Friday."));
});

test("the same change on both sides is no conflict", () => {
  assert.deepEqual(merge(base, "Same", "Same"), { text: "Same", clean: true });
});

test("no word of either side is lost, whatever they wrote", () => {
  const pool = ["a", "b", "c", "d", "e"];
  let seed = 7;
  const random = (n) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % n;
  };
  const sentence = () => Array.from({ length: random(7) }, () => pool[random(pool.length)]).join(" ");
  for (let round = 0; round < 2000; round += 1) {
    const [was, theirs, mine] = [sentence(), `${sentence()} THEIRS${round}`, `${sentence()} MINE${round}`];
    const { text } = merge(was, theirs, mine);
    assert.ok(text.includes(`THEIRS${round}`) && text.includes(`MINE${round}`), JSON.stringify({ was, theirs, mine, text }));
  }
});
