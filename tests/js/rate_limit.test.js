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
  const wait = limiter.admit();
  assert.ok(wait <= 1000);
  now += wait;
  assert.equal(limiter.admit(), 0);
});

test("tabs that share a time share what it admits", () => {
  const arrival = { value: 0 };
  const tabs = Array.from({ length: 3 }, () => new RateLimiter(500, 10, () => 0, arrival));
  const waits = Array.from({ length: 30 }, (_, n) => tabs[n % 3].admit());
  assert.equal(waits.filter((wait) => wait === 0).length, 10);
});
