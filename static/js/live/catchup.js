// What others did while somebody was away: counted, and forgotten once it was seen.

const FAR = 300; // changes; more are told as "300+", the page itself shows them all

export class CatchUp {
  // `left`: {epoch, seq, at} of the last look, or null; `page`: {epoch, seq} as rendered; `me`: own id.
  constructor({ left, page, me }) {
    const known = left?.epoch === page.epoch && left.seq <= page.seq ? left : null;
    Object.assign(this, { me, seq: known ? known.seq : page.seq, at: known?.at ?? "", far: false });
    if (known && page.seq - known.seq > FAR) Object.assign(this, { seq: page.seq, far: true });
    this.clear();
  }

  // Which change to read from, so that the stream brings what was missed.
  get since() {
    return this.seq;
  }

  // A change that nobody here has looked at yet. Answers whether it counts.
  missed(change) {
    if (change.seq <= this.seq) return false;
    this.seq = change.seq;
    if (!change.actor || change.actor.id === this.me) return false;
    this.changes += 1;
    this.people.add(change.actor.id);
    for (const card of cardsOf(change.data)) this.cards.add(card);
    return true;
  }

  // Looked at while it happened.
  saw(change) {
    this.seq = Math.max(this.seq, change.seq);
  }

  clear() {
    Object.assign(this, { changes: 0, people: new Set(), cards: new Set() });
  }
}

// The cards a change is about.
export function cardsOf({ card, cards, reply, link }) {
  const ids = [idOf(card), reply?.card, link?.from, link?.to, ...(cards ?? []).map((one) => one.card)];
  return [...new Set(ids.filter((id) => typeof id === "string"))];
}

function idOf(fact) {
  return typeof fact === "object" ? fact?.id : fact;
}
