import assert from "node:assert/strict";
import test from "node:test";
import { settled } from "./support/held.js";
import { answer, stream } from "./support/stream.js";

// A page whose ten attempts found no network.
async function usedUp() {
  const page = stream(() => new TypeError("network"));
  page.made.start();
  await page.timers.pass(500_000);
  assert.equal(page.last()[0], "exhausted");
  return page;
}

test("204 stops until a person acts, and then one attempt a minute at most", async () => {
  const { made, timers, opened, last } = stream([answer(204), answer(204), answer(204)]);
  made.start();
  await settled();
  assert.equal(last()[0], "stopped");
  await timers.pass(600_000);
  assert.equal(opened.length, 1);
  made.wake();
  made.wake();
  await timers.pass(5000);
  made.wake();
  await timers.pass(5000);
  assert.equal(opened.length, 2);
  await timers.pass(60_000);
  made.wake();
  await timers.pass(5000);
  assert.equal(opened.length, 3);
});

test("what the server said about when to come back is not cut short by a click", async () => {
  const { made, timers, opened, last } = stream([answer(503, { retryAfter: "30" }), answer(200)]);
  made.start();
  await settled();
  assert.deepEqual(last(), ["waiting", "overload"]);
  await timers.pass(10_000);
  made.wake();
  made.reconnect();
  await timers.pass(19_999);
  assert.equal(opened.length, 1);
  await timers.pass(1100);
  assert.equal(opened.length, 2);
});

test("Reconnect pressed without end makes one attempt a minute, and says how long until the next", async () => {
  const { made, timers, opened, last } = stream(() => answer(204));
  made.start();
  await settled();
  assert.equal(made.reconnect(), 0);
  await timers.pass(100);
  assert.deepEqual(last(), ["stopped", ""]);
  assert.equal(made.reconnect(), 59_900);
  for (let tenths = 1; tenths < 6000; tenths += 1) {
    made.reconnect();
    await timers.pass(100);
  }
  assert.equal(opened.length, 1 + 10);
});

test("Reconnect does not bring back the ten attempts of a page that has used them up", async () => {
  const { made, timers, opened, last } = await usedUp();
  const before = opened.length;
  made.reconnect();
  await timers.pass(90_000);
  assert.equal(opened.length, before + 1);
  assert.equal(last()[0], "exhausted");
});

test("a press that has already woken the stream makes no second attempt", async () => {
  const { made, timers, opened } = stream(() => answer(204));
  made.start();
  await settled();
  made.wake();
  made.reconnect();
  await settled();
  assert.equal(opened.length, 2);
  await timers.pass(10_000);
  assert.equal(opened.length, 2);
});

test("a clock set back by an hour leaves Reconnect and gestures as they were", async () => {
  const { made, timers, opened } = stream(() => answer(204));
  made.start();
  await settled();
  made.wake();
  made.reconnect();
  await settled();
  timers.time -= 3_600_000;
  assert.equal(made.reconnect(), 0);
  await settled();
  made.wake();
  await timers.pass(3000);
  assert.equal(opened.length, 4);
});

test("what the browser's own budget holds back is no attempt, and a person's stays one", async () => {
  const refused = () => Object.assign(new Error("enough"), { retryMs: 500 });
  const { made, timers, opened, last } = stream((n) => (n <= 30 ? refused() : n <= 60 ? new TypeError("network") : answer(200)));
  made.start();
  await timers.pass(29 * 1500);
  assert.deepEqual(last(), ["waiting", "asked"]);
  await timers.pass(500_000);
  assert.equal(last()[0], "exhausted");
  assert.equal(opened.length, 30 + 10);
  made.open = async () => {
    opened.push(timers.time);
    if (opened.length < 60) throw refused();
    return answer(200);
  };
  made.reconnect();
  await timers.pass(20 * 1500);
  assert.equal(last()[0], "open");
});

test("once the server's own time has come a person may ask again", async () => {
  const { made, timers, opened, last } = stream([answer(503, { retryAfter: "30" }), answer(204), answer(204), answer(200)]);
  made.start();
  await timers.pass(31_000);
  assert.equal(last()[0], "stopped");
  made.reconnect();
  await settled();
  assert.equal(opened.length, 3);
  made.wake();
  await timers.pass(3000);
  assert.equal(last()[0], "open");
});

test("when all attempts are used up a person still has one a minute", async () => {
  const { made, timers, opened } = await usedUp();
  const before = opened.length;
  made.wake();
  made.wake();
  await timers.pass(3000);
  assert.equal(opened.length, before + 1);
});

test("a click does not delay an attempt that comes sooner anyway", async () => {
  const { made, timers, opened } = stream([new TypeError("network"), answer(200)]);
  made.start();
  await settled();
  made.wake();
  await timers.pass(1000);
  assert.equal(opened.length, 2);
});
