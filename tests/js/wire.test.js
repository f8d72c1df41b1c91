import assert from "node:assert/strict";
import test from "node:test";
import { gesture, Refused, uuid, Wire } from "../../static/js/live/wire.js";
import { Storage } from "./support/held.js";

function wire(now = { time: 0 }, storage = null, page = new EventTarget()) {
  const sent = [];
  const clock = () => now.time;
  const made = new Wire({ send: (url, options) => sent.push([url, options]), now: clock, storage, page });
  return { made, sent, now };
}

// 0 when it went out, else how long to wait.
function ask({ made }) {
  try {
    made.request({ kind: "queued" }, "/x");
    return 0;
  } catch (error) {
    assert.ok(error.retryMs > 0);
    return error.retryMs;
  }
}

// The storage as one of several processes sees it: what another has written arrives later, with an event.
class LateStorage extends Storage {
  constructor(all) {
    super();
    Object.assign(this, { all, page: new EventTarget(), coming: [] });
    all.push(this);
  }

  setItem(key, value) {
    super.setItem(key, String(value));
    for (const other of this.all) if (other !== this) other.coming.push([key, String(value)]);
  }

  arrive() {
    for (const [key, newValue] of this.coming.splice(0)) {
      this.map.set(key, newValue);
      this.page.dispatchEvent(Object.assign(new Event("storage"), { key, newValue }));
    }
  }
}

test("nothing is sent while an event of the stream is handled", () => {
  const { made, sent } = wire();
  assert.throws(() => made.locked(() => made.request({ kind: "queued" }, "/x")), Refused);
  assert.equal(made.violations, 1);
  made.request({ kind: "queued" }, "/x");
  assert.equal(sent.length, 1);
});

test("a request needs a cause, and only a trusted gesture makes a write", () => {
  const { made } = wire();
  assert.throws(() => made.request({ kind: "timer" }, "/x"), Refused);
  assert.throws(() => gesture({ isTrusted: false }), Refused);
  assert.throws(() => gesture(undefined), Refused);
  assert.match(gesture({ isTrusted: true }).id, /^[0-9a-f-]{36}$/);
});

test("whatever the page's code does, at most 10 + 2 W requests go out that nobody made", () => {
  const { made, sent, now } = wire();
  for (let ms = 0; ms <= 30_000; ms += 10) {
    now.time = ms;
    try {
      made.request({ kind: "queued" }, "/x");
    } catch (error) {
      assert.ok(error instanceof Refused);
    }
  }
  assert.equal(sent.length, 10 + 2 * 30);
});

test("twenty tabs and their reloads together send 10 + 2 W that nobody made", () => {
  const [storage, now] = [new Storage(), { time: 0 }];
  const tabs = Array.from({ length: 20 }, () => wire(now, storage));
  let sent = 0;
  for (let tick = 0; tick <= 3000; tick += 1) {
    now.time = tick * 10;
    tabs[tick % 20] = wire(now, storage);
    for (const tab of tabs) sent += ask(tab) === 0 ? 1 : 0;
  }
  assert.equal(sent, 10 + 2 * 30);
});

test("a stream, a repair, a snapshot and a waiting write draw on one budget in all tabs", () => {
  const [storage, now] = [new Storage(), { time: 0 }];
  const [one, other] = [wire(now, storage), wire(now, storage)];
  for (let n = 0; n < 8; n += 1) one.made.request({ kind: "stream" }, "/x");
  other.made.request({ kind: "repair" }, "/x");
  other.made.request({ kind: "queued" }, "/x");
  assert.equal(ask(one), 500);
  now.time = 5000;
  for (let n = 0; n < 9; n += 1) one.made.request({ kind: "queued" }, "/x");
  other.made.request({ kind: "snapshot" }, "/x");
  assert.equal(ask(one), 500);
});

test("a storage that is missing, forbidden or full leaves each tab its own count", () => {
  const forbidden = new Storage();
  forbidden.getItem = forbidden.setItem = () => {
    throw new DOMException("", "SecurityError");
  };
  const full = new Storage();
  full.setItem("parley:arrival", "1");
  full.setItem = () => {
    throw new DOMException("", "QuotaExceededError");
  };
  for (const storage of [null, forbidden, full]) {
    const tab = wire({ time: 1000 }, storage);
    for (let n = 0; n < 30; n += 1) ask(tab);
    assert.equal(tab.sent.length, 10);
  }
});

test("nonsense in the storage neither opens the bucket nor shuts it", () => {
  for (const nonsense of ["", "x", "NaN", "{}", "-Infinity"]) {
    const [storage, now] = [new Storage(), { time: 1000 }];
    const tab = wire(now, storage);
    for (let n = 0; n < 10; n += 1) ask(tab);
    storage.setItem("parley:arrival", nonsense);
    storage.setItem("parley:repaired", nonsense);
    assert.equal(ask(tab), 500, nonsense);
    assert.equal(ask(wire(now, storage)), 0, nonsense);
  }
});

test("a time far ahead, or a clock set back, locks nobody out for longer than an empty bucket", () => {
  const hour = 3_600_000;
  for (const kept of ["Infinity", "1e300", String(2 * hour)]) {
    const [storage, now] = [new Storage(), { time: hour }];
    storage.setItem("parley:arrival", kept);
    const tab = wire(now, storage);
    const wait = ask(tab);
    assert.ok(wait > 0 && wait <= 1000, kept);
    now.time += wait;
    assert.equal(ask(tab), 0, kept);
  }
  const [all, now] = [[], { time: hour }];
  const tabs = Array.from({ length: 20 }, () => new LateStorage(all)).map((storage) => wire(now, storage, storage.page));
  for (const tab of tabs) {
    ask(tab);
    for (const storage of all) storage.arrive();
  }
  now.time = 0;
  assert.ok(ask(tabs[0]) <= 1000);
  for (const storage of all) storage.arrive();
  now.time = 1000;
  assert.equal(ask(tabs[19]), 0);
});

test("what two tabs sent too much at the very same moment is missing afterwards", () => {
  const [all, now] = [[], { time: 0 }];
  const [one, other] = Array.from({ length: 2 }, () => new LateStorage(all)).map((storage) => wire(now, storage, storage.page));
  for (let n = 0; n < 10; n += 1) ask(one);
  for (const storage of all) storage.arrive();
  now.time = 500;
  assert.deepEqual([ask(one), ask(other)], [0, 0]);
  for (const storage of all) storage.arrive();
  assert.deepEqual([ask(one), ask(other)], [1000, 1000]);
});

test("twenty tabs that hear of each other late are still admitted twice a second, no more and no less", () => {
  const [all, now] = [[], { time: 0 }];
  const tabs = Array.from({ length: 20 }, () => new LateStorage(all)).map((storage) => wire(now, storage, storage.page));
  let sent = 0;
  for (let ms = 0; ms <= 600_000; ms += 1) {
    now.time = ms;
    if (ask(tabs[ms % 20]) === 0) sent += 1;
    if (ms % 5 === 0) for (const storage of all) storage.arrive();
  }
  assert.ok(Math.abs(sent - (10 + 2 * 600)) <= 19, `${sent} sent`);
});

test("twenty tabs that always ask together do not lock each other out", () => {
  const [all, now] = [[], { time: 0 }];
  const tabs = Array.from({ length: 20 }, () => new LateStorage(all)).map((storage) => wire(now, storage, storage.page));
  let sent = 0;
  for (now.time = 0; now.time <= 60_000; now.time += 20) {
    for (const tab of tabs) sent += ask(tab) === 0 ? 1 : 0;
    for (const storage of all) storage.arrive();
  }
  assert.ok(sent >= 2 * 60, `${sent} sent`);
});

test("pulses are counted in the tab where somebody moves, beside the budget of all", () => {
  const [storage, now] = [new Storage(), { time: 0 }];
  const [one, other] = [wire(now, storage), wire(now, storage)];
  for (let n = 0; n < 10; n += 1) ask(one);
  for (const { made } of [one, other]) {
    for (let n = 0; n < 5; n += 1) made.request(made.impulse({ isTrusted: true }, "cursor"), "/x");
    assert.throws(() => made.request(made.impulse({ isTrusted: true }, "cursor"), "/x"), { retryMs: 100 });
  }
});

test("a gap is repaired at most once in five seconds", () => {
  const { made, sent, now } = wire();
  made.request({ kind: "repair" }, "/x");
  assert.throws(() => made.request({ kind: "snapshot" }, "/x"), Refused);
  assert.equal(made.repairWait(), 5000);
  now.time = 5000;
  made.request({ kind: "snapshot" }, "/x");
  assert.equal(sent.length, 2);
});

test("twenty tabs repair as often as one", () => {
  const [storage, now] = [new Storage(), { time: 1000 }];
  const tabs = Array.from({ length: 20 }, () => wire(now, storage));
  for (const { made } of tabs) {
    try {
      made.request({ kind: "repair" }, "/x");
    } catch (error) {
      assert.equal(error.retryMs, 5000);
    }
  }
  assert.equal(tabs.flatMap(({ sent }) => sent).length, 1);
});

test("one gesture makes one request, and nobody can make one up", () => {
  const { made, sent } = wire();
  const event = { isTrusted: true };
  const cause = gesture(event);
  made.request(cause, "/x");
  assert.equal(sent[0][1].headers["X-Cause"], cause.id);
  assert.throws(() => made.request(cause, "/x"), Refused);
  assert.throws(() => gesture(event), Refused);
  assert.throws(() => made.request({ kind: "gesture", id: cause.id }, "/x"), Refused);
});

test("a refusal for haste says how long to wait", () => {
  const { made } = wire();
  for (let sent = 0; sent < 10; sent += 1) made.request({ kind: "queued" }, "/x");
  assert.throws(() => made.request({ kind: "queued" }, "/x"), { retryMs: 500 });
});

test("uuids are well-formed also without randomUUID", () => {
  assert.match(uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
