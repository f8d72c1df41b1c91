import assert from "node:assert/strict";
import test from "node:test";
import { Tabs } from "../../static/js/live/leader.js";
import { settled } from "./support/held.js";

// One lock and one channel, as a browser gives them to its tabs.
function browser() {
  const queue = [];
  let busy = false;
  const grant = async () => {
    const next = busy ? undefined : queue.shift();
    if (!next) return;
    busy = true;
    await next.held();
    busy = false;
    grant();
  };
  const locks = {
    async request(_name, { signal }, held) {
      const entry = { held };
      queue.push(entry);
      signal.addEventListener("abort", () => queue.includes(entry) && queue.splice(queue.indexOf(entry), 1));
      await settled();
      grant();
    },
  };
  const ports = new Set();
  class Channel {
    constructor() {
      ports.add(this);
    }
    postMessage(data) {
      for (const port of ports) if (port !== this) port.onmessage({ data });
    }
    close() {
      ports.delete(this);
    }
  }
  return { locks, Channel };
}

function tab({ locks, Channel }, page) {
  const told = [];
  const tabs = new Tabs({
    name: "x",
    locks,
    Channel,
    page,
    onLead: () => told.push("lead"),
    onFollow: () => told.push("follow"),
    onMessage: (message) => told.push(message),
  });
  tabs.start();
  return { tabs, told };
}

test("of many tabs one leads; when it closes exactly one other does", async () => {
  const shared = browser();
  const all = [tab(shared), tab(shared), tab(shared)];
  await settled();
  await settled();
  const leading = () => all.filter(({ tabs }) => tabs.leads);
  assert.equal(leading().length, 1);
  for (let closed = 0; closed < 2; closed += 1) {
    const [{ tabs }] = leading();
    tabs.leave();
    await settled();
    assert.equal(leading().length, 1);
    assert.equal(leading()[0].tabs.leads && leading()[0].tabs !== tabs, true);
  }
});

test("the leader's frames reach every other tab, not itself", async () => {
  const shared = browser();
  const [one, two, three] = [tab(shared), tab(shared), tab(shared)];
  await settled();
  one.tabs.tell("frame");
  assert.ok(two.told.includes("frame") && three.told.includes("frame"));
  assert.ok(!one.told.includes("frame"));
});

test("a tab that left says and hears nothing any more", async () => {
  const shared = browser();
  const [one, two] = [tab(shared), tab(shared)];
  await settled();
  two.tabs.leave();
  one.tabs.tell("late");
  two.tabs.tell("later");
  assert.ok(!two.told.includes("late") && !one.told.includes("later"));
});

test("without Web Locks the visible tab reads, and lets go when hidden", () => {
  const page = new EventTarget();
  page.visibilityState = "visible";
  const { tabs, told } = tab({ ...browser(), locks: null }, page);
  assert.equal(tabs.leads, true);
  page.visibilityState = "hidden";
  page.dispatchEvent(new Event("visibilitychange"));
  assert.equal(tabs.leads, false);
  assert.deepEqual(told, ["lead", "follow"]);
  tabs.leave();
  page.visibilityState = "visible";
  page.dispatchEvent(new Event("visibilitychange"));
  assert.equal(tabs.leads, false);
});
