import assert from "node:assert/strict";
import test from "node:test";
import { Follow } from "../../static/js/live/follow.js";
import { describe } from "../../static/js/live/presence.js";
import { place } from "../../static/js/live/senses.js";
import { spotsOf } from "../../static/js/live/signs.js";

const say = (name, values = {}) => [name, ...Object.values(values)].join(":");
const pia = { id: "pia", name: "Pia", initials: "PI", hue: "hue--blue", idle: false, card: "card-1", editing: null };
const ada = { ...pia, id: "ada", name: "Ada", initials: "AD" };

test("an avatar says who, whether idle, and on which card", () => {
  assert.equal(describe(pia, { me: "x", card: "#4", say }), "Pia, on-card:#4");
  assert.equal(describe({ ...pia, idle: true }, { me: "pia", card: "", say }), "you:Pia, idle");
});

test("typing comes before editing, editing before being there, and the idle are nowhere", () => {
  const spots = (people, typing = []) =>
    spotsOf(people, new Map(typing), say).map(({ anchor, text, initials }) => [anchor, text || initials]);
  assert.deepEqual(spots([pia, ada]), [["card-1", "PI AD"]]);
  assert.deepEqual(spots([pia, { ...ada, editing: "card-1" }]), [["card-1", "editing:Ada:1"]]);
  assert.deepEqual(spots([{ ...pia, editing: "card-1" }, ada], [["ada", "card-1"]]), [["card-1", "typing:Ada:1"]]);
  assert.deepEqual(
    spots(
      [pia, ada],
      [
        ["pia", "zone-1"],
        ["ada", "zone-1"],
      ],
    ),
    [["zone-1", "typing-many:Pia:2"]],
  );
  assert.deepEqual(spots([{ ...pia, idle: true }]), []);
});

function follow() {
  const [shown, followed] = [[], []];
  return {
    shown,
    followed,
    made: new Follow({ show: (card) => shown.push(card), onChange: (person) => followed.push(person?.id ?? null) }),
  };
}

test("following shows each card once, in order, and nobody else's", () => {
  const { shown, made } = follow();
  made.pick(pia);
  made.saw("ada", "card-9");
  made.saw("pia", "card-1");
  made.saw("pia", "card-2");
  made.saw("pia", null);
  assert.deepEqual(shown, ["card-1", "card-2"]);
});

test("following ends by the same choice, by an act, and when they are gone", () => {
  const { followed, shown, made } = follow();
  made.pick(pia);
  made.pick(pia);
  made.pick(pia);
  made.leave();
  made.pick(pia);
  made.among([ada]);
  made.saw("pia", "card-7");
  assert.deepEqual(followed, ["pia", null, "pia", null, "pia", null]);
  assert.ok(!shown.includes("card-7"));
});

test("a spot is a fraction of an element that every page has", () => {
  const element = (id, box, parent = null) => ({
    id,
    parentElement: parent && { closest: () => parent },
    getBoundingClientRect: () => box,
  });
  const box = { left: 100, top: 200, width: 200, height: 50 };
  const zone = element("zone-1", box);
  const main = { contains: () => true };
  const at = (found, clientX, clientY) => place({ target: { closest: () => found }, clientX, clientY }, main);
  assert.deepEqual(at(zone, 150, 225), { anchor: "zone-1", x: 0.25, y: 0.5 });
  assert.deepEqual(at(zone, 0, 900), { anchor: "zone-1", x: 0, y: 1 });
  assert.deepEqual(at(element("card-mid-7", box, zone), 150, 225).anchor, "zone-1");
  assert.deepEqual(at(element("zone-2", { ...box, width: 0 }), 0, 0), { anchor: null });
  assert.deepEqual(place({ target: {}, clientX: 0, clientY: 0 }, { contains: () => false }), { anchor: null });
});
