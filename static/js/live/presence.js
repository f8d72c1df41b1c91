// Who is here: one avatar each, greyed while idle, with the card they are on. A click follows them.

export class Avatars {
  // `say`: words; `cardName(id)`: "#4", empty for a card this page does not have; `onPick(person)`.
  constructor({ root, me, say, cardName, onPick, members = document.getElementById("members") }) {
    Object.assign(this, { root, me, say, cardName, onPick, members, people: [] });
    this.list = root.querySelector("ul");
    this.count = root.querySelector("[data-here-count]");
    this.template = document.getElementById("here-template");
  }

  person(id) {
    return this.people.find((one) => one.id === id);
  }

  get others() {
    return this.people.filter(({ id }) => id !== this.me);
  }

  // `more`: how many are here besides, in a crowd.
  show(people, followed, more = this.more ?? 0) {
    Object.assign(this, { people, more });
    this.root.hidden = !people.length;
    this.members.classList.toggle("is-replaced", people.length > 0);
    const old = new Map([...this.list.children].map((item) => [item.dataset.person, item]));
    for (const person of people) {
      const item = old.get(person.id) ?? this.#build(person.id);
      old.delete(person.id);
      this.#fill(item, person, followed === person.id);
    }
    for (const item of old.values()) item.remove();
    const order = people.map(({ id }) => id);
    if ([...this.list.children].some((item, place) => item.dataset.person !== order[place])) this.#sort(order);
    const count = String(people.length + more);
    if (this.count.textContent !== count) this.count.textContent = count;
  }

  // The stream is away: what is shown is what was.
  fade(stale) {
    this.root.classList.toggle("is-stale", stale);
  }

  #build(id) {
    const item = this.template.content.firstElementChild.cloneNode(true);
    item.dataset.person = id;
    const button = item.querySelector("button");
    button.disabled = id === this.me;
    button.addEventListener("click", () => this.onPick(this.person(id)));
    return this.list.appendChild(item);
  }

  #fill(item, person, isFollowed) {
    const button = item.querySelector("button");
    const face = item.querySelector(".who");
    const text = describe(person, { me: this.me, card: this.cardName(person.card), say: this.say });
    const look = `who ${person.hue}${person.idle ? " is-idle" : ""}`;
    if (face.className !== look) face.className = look;
    if (face.textContent !== person.initials) face.textContent = person.initials;
    if (button.title !== text) {
      button.title = text;
      button.setAttribute("aria-label", text);
    }
    button.setAttribute("aria-pressed", String(isFollowed));
  }

  #sort(order) {
    const items = new Map([...this.list.children].map((item) => [item.dataset.person, item]));
    const active = document.activeElement;
    this.list.append(...order.map((id) => items.get(id)));
    if (this.list.contains(active)) active.focus({ preventScroll: true });
  }
}

export function describe(person, { me, card, say }) {
  const parts = [person.id === me ? say("you", { name: person.name }) : person.name];
  if (person.idle) parts.push(say("idle"));
  if (card) parts.push(say("on-card", { card }));
  return parts.join(", ");
}
