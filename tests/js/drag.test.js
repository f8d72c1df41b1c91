import assert from "node:assert/strict";
import { test } from "node:test";

import { EDGE, inTheMiddle, isBefore, scrollStep } from "../../static/js/live/geometry.js";

const box = { left: 100, top: 200, width: 300, height: 90 };

test("in one column a card goes above or below, in several left or right", () => {
  assert.equal(isBefore({ x: 390, y: 210 }, box, false), true);
  assert.equal(isBefore({ x: 110, y: 280 }, box, false), false);
  assert.equal(isBefore({ x: 110, y: 280 }, box, true), true);
  assert.equal(isBefore({ x: 390, y: 210 }, box, true), false);
});

test("only the middle of a card means the card itself", () => {
  assert.equal(inTheMiddle({ x: 250, y: 245 }, box), true);
  for (const [x, y] of [
    [110, 245],
    [390, 245],
    [250, 205],
    [250, 285],
  ])
    assert.equal(inTheMiddle({ x, y }, box), false);
});

test("the page scrolls faster the nearer the edge, and not at all in between", () => {
  assert.equal(scrollStep(400, 800), 0);
  assert.ok(scrollStep(EDGE / 2, 800) < 0);
  assert.ok(scrollStep(0, 800) < scrollStep(EDGE / 2, 800));
  assert.ok(scrollStep(799, 800) > scrollStep(800 - EDGE / 2, 800));
  assert.equal(scrollStep(2000, 800), scrollStep(800, 800));
});
