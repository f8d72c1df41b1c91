import assert from "node:assert/strict";
import { test } from "node:test";

import { History } from "../../static/js/live/history.js";

const [a, b, c] = [{ seq: 1 }, { seq: 2 }, { seq: 3 }];

test("the newest change is taken back first, and done again first", () => {
  const history = new History();
  history.did(a);
  history.did(b);
  history.did(c, { undid: true, of: b });
  assert.deepEqual([history.done, history.undone], [[a], [c]]);
});

test("what was done again is the next to be taken back", () => {
  const history = new History();
  history.did(a);
  history.did(b, { undid: true, of: a });
  history.did(c, { redid: true, of: b });
  assert.deepEqual([history.done, history.undone], [[c], []]);
});

test("the server's own choice was the newest", () => {
  const history = new History();
  history.did(a);
  history.did(b);
  history.did(c, { undid: true });
  assert.deepEqual(history.done, [a]);
});

test("something new ends what could be done again; what cannot be taken back is forgotten", () => {
  const history = new History();
  history.did(a);
  history.did(b, { undid: true, of: a });
  history.did(c);
  assert.deepEqual(history.undone, []);
  history.forget(c);
  assert.deepEqual(history.done, []);
});
