import assert from "node:assert/strict";
import { test } from "node:test";

import { Announcer, QUIET_MS } from "../../static/js/live/announcer.js";
import { Timers } from "./support/held.js";

function announcer(options = {}) {
  const timers = new Timers();
  const spoken = [];
  const made = new Announcer({ speak: (words) => spoken.push(words), say: (n, names) => `${n} by ${names}`, timers, ...options });
  return { made, spoken, timers };
}
const by = (name) => ({ actor: { id: name, name } });

test("many changes are one sentence each five seconds", async () => {
  const { made, spoken, timers } = announcer();
  for (const name of ["Ada", "Ada", "Bob"]) made.heard(by(name));
  await timers.pass(QUIET_MS - 1);
  assert.deepEqual(spoken, []);
  await timers.pass(1);
  assert.deepEqual(spoken, ["3 by Ada,Bob"]);
  await timers.pass(60_000);
  assert.equal(spoken.length, 1);
});

test("silenced means silent, also for what waits", async () => {
  let muted = false;
  const { made, spoken, timers } = announcer({ isMuted: () => muted });
  made.heard(by("Ada"));
  muted = true;
  made.heard(by("Bob"));
  await timers.pass(QUIET_MS);
  assert.deepEqual(spoken, []);
});

test("own results are spoken at once", () => {
  const { made, spoken } = announcer();
  made.own("Moved to Parking lot");
  assert.deepEqual(spoken, ["Moved to Parking lot"]);
});
