// The browser counts as the server does: the same cases, the same answers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { RateLimiter } from "../../static/js/live/rate_limit.js";

const { cases } = JSON.parse(readFileSync(new URL("../fixtures/rate_limit.json", import.meta.url)));

for (const { interval_ms: interval, burst, steps } of cases) {
  test(`every ${interval} ms, ${burst} at once`, () => {
    let now = 0;
    const limiter = new RateLimiter(interval, burst, () => now);
    for (const [at, cost, wait] of steps) {
      now = at;
      assert.equal(limiter.admit(cost), wait, `at ${at}`);
    }
  });
}

test("a clock set back by an hour locks nobody out for an hour", () => {
  let now = 3_600_000;
  const limiter = new RateLimiter(500, 10, () => now);
  for (let n = 0; n < 10; n += 1) limiter.admit();
  now = 0;
  assert.ok(limiter.admit() <= 1000);
});
