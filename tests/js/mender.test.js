import assert from "node:assert/strict";
import test from "node:test";
import { Mender } from "../../static/js/live/mender.js";
import { Timers } from "./support/held.js";

function mender({ repair = () => {}, refresh = () => {} } = {}) {
  const timers = new Timers();
  const page = { missing: "gap", asked: [], states: [], freeAt: 0 };
  const ask = (kind, act) => async () => {
    page.asked.push([kind, timers.time]);
    page.freeAt = timers.time + 5000;
    act(page);
  };
  const made = new Mender({
    missing: () => page.missing,
    repair: ask("repair", repair),
    refresh: ask("snapshot", refresh),
    wait: () => Math.max(0, page.freeAt - timers.time),
    onState: (state) => page.states.push(state),
    random: () => 0.5,
    timers,
  });
  return { made, page, timers };
}
const heal = (page) => {
  page.missing = "";
};

test("a gap is repaired once, however many events show it", async () => {
  const { made, page, timers } = mender({ repair: heal });
  for (let event = 0; event < 100; event += 1) made.look();
  await timers.pass(60_000);
  assert.deepEqual(page.asked, [["repair", 150]]);
  assert.deepEqual(page.states, ["mending", "whole"]);
});

test("what another tab brings in the meantime is not asked for", async () => {
  const { made, page, timers } = mender();
  made.look();
  heal(page);
  await timers.pass(60_000);
  assert.deepEqual(page.asked, []);
  assert.equal(made.state, "whole");
});

test("a failed repair is followed by one snapshot, then by words, and by nothing more", async () => {
  const { made, page, timers } = mender();
  made.look();
  await timers.pass(3_600_000);
  for (let event = 0; event < 100; event += 1) made.look();
  await timers.pass(3_600_000);
  assert.deepEqual(page.asked, [
    ["repair", 150],
    ["snapshot", 5150],
  ]);
  assert.deepEqual(page.states, ["mending", "stale"]);
});

test("after a reset the page itself is asked for at once", async () => {
  const { made, page, timers } = mender({ refresh: heal });
  page.missing = "snapshot";
  made.look();
  await timers.pass(60_000);
  assert.deepEqual(
    page.asked.map(([kind]) => kind),
    ["snapshot"],
  );
});

test("two gaps in a row wait for the browser's budget instead of giving up", async () => {
  const { made, page, timers } = mender({ repair: heal });
  made.look();
  await timers.pass(1000);
  page.missing = "gap";
  made.look();
  await timers.pass(60_000);
  assert.deepEqual(page.asked, [
    ["repair", 150],
    ["repair", 5150],
  ]);
  assert.equal(made.state, "whole");
});

test("a page that was given up heals when the stream replays what it lacks, or tries once more", async () => {
  const { made, page, timers } = mender();
  made.look();
  await timers.pass(60_000);
  assert.equal(made.state, "stale");
  made.again();
  await timers.pass(60_000);
  assert.equal(page.asked.length, 4);
  heal(page);
  made.look();
  assert.equal(made.state, "whole");
});
