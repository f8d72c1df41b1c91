import assert from "node:assert/strict";
import test from "node:test";
import { Outbox } from "../../static/js/live/outbox.js";
import { Refused } from "../../static/js/live/wire.js";
import { Storage, settled, Timers } from "./support/held.js";

const LOST = new TypeError("network");
const answer = (status, body = {}, retryAfter = null) => ({
  ok: status === 200,
  status,
  headers: { get: (name) => (name === "Retry-After" ? retryAfter : null) },
  json: async () => body,
});
const gesture = { kind: "gesture" };

function outbox(answers, storage = new Storage()) {
  const told = [];
  const posted = [];
  const ids = [];
  const timers = new Timers();
  const on = Object.fromEntries(["sent", "waits", "refused", "dropped"].map((name) => [name, (entry) => told.push([name, entry.mid])]));
  const post = async (entry, cause) => {
    posted.push([entry.mid, cause.kind]);
    ids.push(cause.id);
    const next = answers.shift() ?? answer(200);
    if (next instanceof Error) throw next;
    return next;
  };
  const now = () => timers.time;
  const made = new Outbox({ post, storage, prefix: "out:", on: { ...on, changed() {} }, now, timers });
  return { made, told, posted, storage, timers, ids };
}

test("a write goes out once and leaves nothing behind", async () => {
  const { made, told, posted, storage } = outbox([]);
  await made.add({ mid: "a" }, gesture);
  assert.deepEqual(posted, [["a", "gesture"]]);
  assert.deepEqual(told, [["sent", "a"]]);
  assert.equal(storage.length, 0);
  assert.equal(made.waiting, 0);
});

test("a lost reply is asked for again at once, under the same id", async () => {
  const { made, told, posted } = outbox([LOST, answer(200, { dup: true })]);
  await made.add({ mid: "a" }, gesture);
  assert.deepEqual(posted, [
    ["a", "gesture"],
    ["a", "queued"],
  ]);
  assert.deepEqual(told, [["sent", "a"]]);
});

test("offline writes wait, survive a reload and go out once, in order", async () => {
  const first = outbox([LOST, LOST, LOST, LOST]);
  await first.made.add({ mid: "b" }, gesture);
  await first.timers.pass(1);
  await first.made.add({ mid: "a" }, gesture);
  assert.equal(first.made.waiting, 2);
  const second = outbox([], first.storage);
  assert.equal(second.made.waiting, 2);
  await second.made.flush();
  await second.made.flush();
  assert.deepEqual(second.posted, [
    ["b", "queued"],
    ["a", "queued"],
  ]);
  assert.equal(second.made.waiting, 0);
  assert.equal(second.storage.length, 0);
});

test("two tabs keep each other's waiting writes, and send each once", async () => {
  const one = outbox([LOST, LOST]);
  const other = outbox([LOST, LOST], one.storage);
  await one.made.add({ mid: "a" }, gesture);
  await other.made.add({ mid: "b" }, gesture);
  assert.equal(one.storage.length, 2);
  const third = outbox([], one.storage);
  await third.made.flush();
  await one.made.flush();
  assert.deepEqual(
    third.posted.map(([mid]) => mid),
    ["a", "b"],
  );
  assert.deepEqual(one.posted.length, 2);
  assert.deepEqual(one.told.at(-1), ["dropped", "a"]);
});

test("a refusal is told once and not sent again", async () => {
  const { made, told, posted } = outbox([answer(422, { detail: "No." })]);
  await made.add({ mid: "a" }, gesture);
  await made.flush();
  assert.deepEqual(told, [["refused", "a"]]);
  assert.equal(posted.length, 1);
});

test("an answer that says nothing about the write leaves it waiting, until Retry-After", async () => {
  const { made, told, posted, timers } = outbox([answer(503, {}, "30")]);
  await made.add({ mid: "a" }, gesture);
  assert.deepEqual(told, [["waits", "a"]]);
  assert.equal(made.waiting, 1);
  await made.flush();
  assert.equal(posted.length, 1);
  await timers.pass(30_000);
  await made.flush();
  assert.deepEqual(told.at(-1), ["sent", "a"]);
});

test("what came too fast waits, and goes out once when the server said, under its own id", async () => {
  const { made, told, posted, timers, ids } = outbox([answer(429, {}, "5")]);
  await made.add({ mid: "a" }, { kind: "gesture", id: "a" });
  assert.deepEqual(told, [["waits", "a"]]);
  assert.equal(made.waiting, 1);
  await timers.pass(4900);
  assert.equal(posted.length, 1);
  await timers.pass(1300);
  assert.deepEqual(told.at(-1), ["sent", "a"]);
  assert.deepEqual(ids, ["a", "a"]);
  await timers.pass(60_000);
  assert.equal(posted.length, 2);
});

test("three times in a row it comes back unaided, then somebody has to act", async () => {
  const { made, posted, timers } = outbox(Array.from({ length: 9 }, () => answer(503, {}, "1")));
  await made.add({ mid: "a" }, gesture);
  await timers.pass(600_000);
  assert.equal(posted.length, 4);
  assert.equal(made.waiting, 1);
  await made.add({ mid: "b" }, gesture);
  await timers.pass(600_000);
  assert.equal(posted.length, 8);
});

test("a page that is left asks for nothing more", async () => {
  const { made, posted, timers } = outbox([answer(429, {}, "5")]);
  await made.add({ mid: "a" }, gesture);
  made.stop();
  await timers.pass(60_000);
  assert.equal(posted.length, 1);
});

test("a long queue goes out as fast as the browser's bucket allows", async () => {
  const { made, told, timers, posted } = outbox([LOST, LOST, new Refused("slow", 500), new Refused("slow", 500)]);
  await made.add({ mid: "a" }, gesture);
  const done = made.flush();
  await settled();
  assert.equal(posted.length, 3);
  await timers.pass(1000);
  await done;
  assert.deepEqual(told.at(-1), ["sent", "a"]);
});

test("storage that is full or forbidden loses nothing that is in memory", async () => {
  const broken = {
    get length() {
      throw new Error("no");
    },
    setItem() {
      throw new Error("full");
    },
    getItem: () => null,
    removeItem() {},
  };
  const { made, told } = outbox([LOST, LOST], broken);
  await made.add({ mid: "a" }, gesture);
  await made.flush();
  assert.deepEqual(told.at(-1), ["sent", "a"]);
});
