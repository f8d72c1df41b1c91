import assert from "node:assert/strict";
import test from "node:test";
import { comesBefore, Sequence } from "../../static/js/live/sequence.js";

const seqs = (changes) => changes.map((change) => change.seq);

test("changes are applied once, in order, and a gap is noticed", () => {
  const sequence = new Sequence("0a1b2c3d", 5);
  assert.deepEqual(sequence.take({ seq: 5 }), []);
  assert.equal(sequence.gap, false);
  assert.deepEqual(sequence.take({ seq: 8 }), []);
  assert.equal(sequence.gap, true);
  assert.deepEqual(seqs(sequence.take({ seq: 6 })), [6]);
  assert.deepEqual(seqs(sequence.take({ seq: 7 })), [7, 8]);
  assert.equal(sequence.gap, false);
  assert.equal(sequence.id, "0a1b2c3d-8");
});

test("in whatever order and however often changes come, each is applied once", () => {
  let random = 7;
  const next = () => (random = (random * 16807) % 2147483647);
  for (let round = 0; round < 200; round += 1) {
    const sequence = new Sequence("e", 0);
    const come = Array.from({ length: 40 }, (_, index) => ({ seq: (index % 20) + 1 })).sort(() => (next() % 2 ? 1 : -1));
    assert.deepEqual(seqs(come.flatMap((change) => sequence.take(change))), seqs(come.slice(0, 20).map((_, n) => ({ seq: n + 1 }))));
    assert.equal(sequence.early.size, 0);
  }
});

test("the last change lost is noticed by the head", () => {
  const sequence = new Sequence("e", 5);
  sequence.saw(6);
  assert.equal(sequence.gap, true);
  sequence.take({ seq: 6 });
  assert.equal(sequence.gap, false);
});

test("after a snapshot only what is newer counts; another epoch begins anew", () => {
  const sequence = new Sequence("e", 5);
  sequence.take({ seq: 9 });
  sequence.take({ seq: 12 });
  sequence.restart("e", 10);
  assert.equal(sequence.gap, true);
  assert.deepEqual(seqs(sequence.take({ seq: 11 })), [11, 12]);
  sequence.take({ seq: 20 });
  sequence.restart("f", 3);
  assert.equal(sequence.gap, false);
  assert.equal(sequence.id, "f-3");
});

test("a gap without end does not fill the memory unseen", () => {
  const sequence = new Sequence("e", 0);
  for (let seq = 2; seq < 700; seq += 1) sequence.take({ seq });
  assert.equal(sequence.lost, true);
});

test("order is rank by code points, then number by size", () => {
  assert.ok(comesBefore({ rank: "i0", number: "9" }, { rank: "i0", number: "10" }));
  assert.ok(comesBefore({ rank: "9" }, { rank: "a" }));
  assert.ok(comesBefore({ rank: "B" }, { rank: "a" }));
  assert.ok(!comesBefore({ rank: "b" }, { rank: "a" }));
});
