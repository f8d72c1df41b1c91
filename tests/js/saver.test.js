import assert from "node:assert/strict";
import test from "node:test";
import { GAP_MS, MOST, REST_MS, Saver } from "../../static/js/live/saver.js";
import { gesture, Wire } from "../../static/js/live/wire.js";
import { settled, Timers } from "./support/held.js";

const hand = () => ({ isTrusted: true });
const ok = () => Promise.resolve({ ok: true, status: 204 });
const no = (status, headers = {}) => Promise.resolve({ ok: false, status, headers: new Map(Object.entries(headers)) });

// A page whose saves are answered as the test says.
function page({ saved, answer = ok } = {}) {
  const timers = new Timers();
  const sent = [];
  const said = { answer };
  const wire = new Wire({
    now: () => timers.time,
    page: new EventTarget(),
    send: (place, { text }) => sent.push([place, text]) && said.answer(),
  });
  const saver = new Saver({
    saved,
    cause: (event) => wire.keystroke(event),
    send: (place, text, cause) => wire.request(cause, place, { text }),
    now: () => timers.time,
    timers,
  });
  const type = (text, place = "session") => {
    saver.kept(place, text);
    saver.acted(hand());
  };
  return { saver, sent, timers, type, wire, said };
}

test("what is typed is saved once it rests, and nothing goes out when nothing changed", async () => {
  const { saver, sent, timers, type } = page();
  type("H");
  type("Ha");
  await timers.pass(REST_MS - 1);
  assert.deepEqual(sent, []);
  await timers.pass(1);
  assert.deepEqual(sent, [["session", "Ha"]]);
  saver.acted(hand());
  saver.leave();
  await timers.pass(10 * GAP_MS);
  assert.equal(sent.length, 1);
});

test("one draft goes out at most every ten seconds however long it is typed", async () => {
  const { sent, timers, type } = page();
  for (let ms = 0; ms < 60_000; ms += 100) {
    type(`text ${ms}`);
    await timers.pass(100);
  }
  assert.ok(sent.length >= 5 && sent.length <= 7, `${sent.length}`);
});

test("leaving the field or the page saves at once what was changed", async () => {
  const { saver, sent, timers, type } = page();
  type("one");
  saver.leave("session");
  saver.leave("session");
  await settled();
  type("one and two");
  saver.leave();
  await timers.pass(10 * GAP_MS);
  assert.deepEqual(sent, [
    ["session", "one"],
    ["session", "one and two"],
  ]);
});

test("an event of the stream causes no request, whatever it changes", async () => {
  const { saver, sent, timers, wire } = page();
  wire.locked(() => {
    saver.kept("session", "changed by an event");
    saver.acted(hand());
    saver.leave("session");
    saver.leave();
  });
  saver.acted({ isTrusted: false });
  saver.acted(undefined);
  saver.leave();
  await timers.pass(10 * GAP_MS);
  assert.deepEqual([sent, wire.violations], [[], 0]);
});

test("a save needs a keystroke of its own", () => {
  const { wire } = page();
  const cause = wire.keystroke(hand());
  wire.request(cause, "/x", {});
  assert.throws(() => wire.request(cause, "/x", {}), /needs a cause/);
  assert.throws(() => wire.request({ kind: "draft", id: "1" }, "/x", {}), /needs a cause/);
});

test("one keystroke is one save, whatever the page makes of it, and may still be a write", () => {
  const { wire } = page();
  const event = hand();
  wire.request(wire.keystroke(event), "/x", {});
  assert.equal(wire.keystroke(event), null);
  wire.request(gesture(event), "/x", {});
});

test("saves come out of the browser's own bucket, and what it refuses waits for the next key", async () => {
  const { sent, timers, type, wire } = page();
  for (let number = 0; number < 10; number += 1) wire.request({ kind: "queued" }, "/x", {});
  sent.length = 0;
  wire.bucket.arrival.value = timers.time + 60_000;
  type("one");
  await timers.pass(10 * GAP_MS);
  assert.deepEqual(sent, []);
  type("two");
  await timers.pass(REST_MS);
  assert.deepEqual(sent, [["session", "two"]]);
});

test("what is discarded is taken away once, and what the server never had is not", async () => {
  const { sent, timers, type } = page({ saved: new Map([["session", "from before"]]) });
  type("");
  await timers.pass(REST_MS);
  type("x", "composer");
  type("", "composer");
  await timers.pass(10 * GAP_MS);
  assert.deepEqual(sent, [["session", ""]]);
});

test("what is sent needs no request: the server lets go of it by itself", async () => {
  const { saver, sent, timers, type } = page();
  type("said");
  await timers.pass(REST_MS);
  type("");
  saver.sent("session");
  saver.acted(hand());
  await timers.pass(10 * GAP_MS);
  assert.deepEqual(sent, [["session", "said"]]);
});

test("what was on its way when it was sent is taken away with the next act", async () => {
  const { saver, sent, timers, type, said } = page();
  let arrive;
  said.answer = () => new Promise((resolve) => (arrive = () => resolve({ ok: true, status: 204 })));
  type("said");
  await timers.pass(REST_MS);
  saver.kept("session", "");
  saver.sent("session");
  arrive();
  said.answer = ok;
  await settled();
  saver.acted(hand());
  await timers.pass(10 * GAP_MS);
  assert.deepEqual(sent, [
    ["session", "said"],
    ["session", ""],
  ]);
});

test("the next text in the same field is saved again, also when it is the same", async () => {
  const { saver, sent, timers, type } = page();
  type("again");
  await timers.pass(REST_MS);
  saver.sent("session");
  type("again");
  await timers.pass(GAP_MS);
  assert.equal(sent.length, 2);
});

test("a refusal is tried again only when they type on, and not before it said", async () => {
  const { sent, timers, type, said } = page({ answer: () => no(429, { "Retry-After": "30" }) });
  type("a");
  await timers.pass(60_000);
  assert.equal(sent.length, 1);
  said.answer = () => Promise.reject(new TypeError("offline"));
  type("ab");
  await timers.pass(60_000);
  assert.equal(sent.length, 2);
  said.answer = () => no(429, { "Retry-After": "30" });
  type("abc");
  await timers.pass(REST_MS);
  type("abcd");
  await timers.pass(29_999);
  assert.equal(sent.length, 3);
  said.answer = ok;
  await timers.pass(1);
  assert.deepEqual(sent.at(-1), ["session", "abcd"]);
});

test("who may not is not asked again", async () => {
  const { sent, timers, type } = page({ answer: () => no(404) });
  type("a");
  await timers.pass(REST_MS);
  type("ab");
  await timers.pass(10 * GAP_MS);
  assert.equal(sent.length, 1);
});

test("one act saves one draft, so that many fields never empty the bucket at once", async () => {
  const { saver, sent, timers } = page();
  for (const place of ["a", "b", "c"]) saver.kept(place, "x");
  saver.acted(hand());
  await timers.pass(REST_MS);
  assert.equal(sent.length, 1);
  saver.acted(hand());
  saver.acted(hand());
  await timers.pass(REST_MS);
  assert.equal(sent.length, 3);
});

test("what is too long, and what is no field, stays in the browser", async () => {
  const { sent, timers, type } = page();
  type("x".repeat(MOST + 1));
  type("1", "session:sent");
  await timers.pass(10 * GAP_MS);
  assert.deepEqual(sent, []);
});

test("a page that goes says what it has, and is silent then", async () => {
  const { saver, sent, timers, type } = page();
  type("last words");
  saver.stop();
  type("after");
  await timers.pass(10 * GAP_MS);
  assert.deepEqual(sent, [["session", "last words"]]);
});
