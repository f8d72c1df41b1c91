// Who types, who edits and who is on a card: a word beside it.

import { Lasting } from "./lasting.js";

export const TYPING_MS = 4000; // the page of who types says it again every two seconds

export class Signs {
  constructor({ overlay, say, now = Date.now }) {
    Object.assign(this, { overlay, say, typing: new Lasting(TYPING_MS, now), said: new Map() });
  }

  saw(id, anchor) {
    if (anchor) this.typing.set(id, anchor);
    else this.typing.delete(id);
  }

  // `people`: everybody else who is here. The keys of what it shows.
  show(people) {
    const spots = spotsOf(people, new Map(this.typing.entries()), this.say);
    this.said = new Map(spots.map(({ anchor, text }) => [anchor, text]));
    return spots.map(({ anchor, text, hue, initials }) => {
      const key = `sign-${anchor}`;
      const spot = anchor.startsWith("card-") ? { anchor, x: 1, y: 0 } : { anchor, x: 0, y: 1 };
      const node = this.overlay.put(key, spot, () => document.createElement("div"));
      const look = `sign ${hue}${anchor.startsWith("card-") ? " sign--card" : ""}`;
      if (node.className !== look) node.className = look;
      const words = text || initials;
      if (node.textContent !== words) node.textContent = words;
      return key;
    });
  }
}

// One sign per place: typing before editing before being there.
export function spotsOf(people, typing, say) {
  const places = new Map();
  const add = (anchor, what, person) => {
    if (!anchor) return;
    const place = places.get(anchor) ?? { typing: [], editing: [], there: [] };
    places.set(anchor, place);
    place[what].push(person);
  };
  for (const person of people) {
    if (typing.has(person.id)) add(typing.get(person.id), "typing", person);
    else if (person.editing) add(person.editing, "editing", person);
    else if (!person.idle) add(person.card, "there", person);
  }
  return [...places].map(([anchor, place]) => {
    const what = ["typing", "editing", "there"].find((each) => place[each].length);
    const who = place[what];
    const one = who.length === 1 ? what : `${what}-many`;
    const text = what === "there" ? "" : say(one, { name: who[0].name, n: who.length });
    return { anchor, text, hue: who[0].hue, initials: who.map(({ initials }) => initials).join(" ") };
  });
}
