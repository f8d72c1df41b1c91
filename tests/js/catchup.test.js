import assert from "node:assert/strict";
import { test } from "node:test";

import { CatchUp, cardsOf } from "../../static/js/live/catchup.js";

const page = { epoch: "0000000a", seq: 20 };
const change = (seq, actor, data = {}) => ({ seq, actor: { id: actor }, data });

test("what others did since the last look is counted, own changes are not", () => {
  const catchup = new CatchUp({ left: { epoch: "0000000a", seq: 17, at: "x" }, page, me: "ada" });
  assert.equal(catchup.since, 17);
  assert.equal(catchup.missed(change(18, "bob", { card: "c1" })), true);
  assert.equal(catchup.missed(change(19, "ada", { card: "c2" })), false);
  assert.equal(catchup.missed(change(20, "eve", { card: { id: "c3" } })), true);
  assert.deepEqual([catchup.changes, catchup.people.size, [...catchup.cards]], [2, 2, ["c1", "c3"]]);
});

test("the same change twice counts once", () => {
  const catchup = new CatchUp({ left: { epoch: "0000000a", seq: 19 }, page, me: "ada" });
  catchup.missed(change(20, "bob"));
  assert.equal(catchup.missed(change(20, "bob")), false);
  assert.equal(catchup.changes, 1);
});

test("a first visit, another epoch and a look from the future start from the page", () => {
  for (const left of [null, { epoch: "0000000b", seq: 3 }, { epoch: "0000000a", seq: 99 }]) {
    assert.equal(new CatchUp({ left, page, me: "ada" }).since, 20);
  }
});

test("whoever was away for very long is told so without reading it all", () => {
  const catchup = new CatchUp({ left: { epoch: "0000000a", seq: 1 }, page: { epoch: "0000000a", seq: 900 }, me: "ada" });
  assert.deepEqual([catchup.since, catchup.far], [900, true]);
});

test("the cards of a change are found in every kind of event", () => {
  assert.deepEqual(cardsOf({ card: { id: "a" } }), ["a"]);
  assert.deepEqual(cardsOf({ card: "a", number: 1 }), ["a"]);
  assert.deepEqual(cardsOf({ reply: { card: "b" }, card: { id: "a" } }), ["a", "b"]);
  assert.deepEqual(cardsOf({ link: { from: "a", to: "b" } }), ["a", "b"]);
  assert.deepEqual(cardsOf({ cards: [{ card: "a" }, { card: "b" }] }), ["a", "b"]);
  assert.deepEqual(cardsOf({ name: {} }), []);
});
