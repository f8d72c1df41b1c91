import assert from "node:assert/strict";
import test from "node:test";
import { Notices, READ_MS } from "../../static/js/live/notices.js";
import { limitOf, retryMs } from "../../static/js/live/refusal.js";
import { Timers } from "./support/held.js";

function notices() {
  const timers = new Timers();
  const told = [];
  const made = new Notices({
    onLevel: (level) => told.push(["level", level]),
    onLimit: (name, ms) => told.push([name, ms]),
    time: () => timers.time,
    timers,
  });
  const say = (data) => made.receive({ type: "notice", data: JSON.stringify(data) });
  return { made, told, timers, say };
}

const at = (ms) => new Date(ms).toISOString();

test("a level is told once, and over when the server said", async () => {
  const { told, timers, say } = notices();
  say({ level: 2, until: at(10_000) });
  say({ level: 2, until: at(10_000) });
  assert.deepEqual(told, [["level", 2]]);
  await timers.pass(9999);
  assert.equal(told.length, 1);
  await timers.pass(1);
  assert.deepEqual(told.at(-1), ["level", 0]);
});

test("however soon it is over, there is time to read it", async () => {
  const { told, timers, say } = notices();
  say({ level: 1, until: at(1) });
  await timers.pass(READ_MS - 1);
  assert.deepEqual(told, [["level", 1]]);
});

test("without a time it stays until it is taken back", async () => {
  const { made, told, timers, say } = notices();
  say({ level: 3, until: null });
  await timers.pass(86_400_000);
  assert.deepEqual(told, [["level", 3]]);
  assert.equal(JSON.parse(made.last.data).level, 3);
  made.calm();
  assert.deepEqual(told.at(-1), ["level", 0]);
  assert.equal(made.last, null);
});

test("a refusal that is heard of twice is told once", () => {
  const { made, told, say } = notices();
  say({ level: 0, limit: "write", retry_after: 3.2 });
  made.limited("write", 4000);
  assert.deepEqual(told, [["write", 3200]]);
  made.limited("write", 9000);
  made.limited("stream", 9000);
  assert.deepEqual(told.slice(1), [
    ["write", 9000],
    ["stream", 9000],
  ]);
});

test("levels that do not exist are none", () => {
  const { told, say } = notices();
  say({ level: "x" });
  say({});
  assert.deepEqual(told, []);
  say({ level: 17 });
  assert.deepEqual(told, [["level", 4]]);
});

test("a refusal says which limit it was, and for how long", () => {
  const response = (status, headers) => ({ status, headers: new Headers(headers) });
  assert.equal(limitOf(response(429, { RateLimit: '"read";r=0;t=2' })), "read");
  assert.equal(limitOf(response(429, {})), "write");
  assert.equal(limitOf(response(503, {})), "busy");
  assert.equal(limitOf(response(502, {})), "");
  assert.equal(limitOf(null), "");
  assert.equal(retryMs(response(429, { "Retry-After": "1.5" })), 1500);
  assert.equal(retryMs(response(429, { "Retry-After": "soon" })), null);
  assert.equal(retryMs(null), null);
});
