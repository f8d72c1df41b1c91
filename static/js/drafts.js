// What somebody is writing survives a reload, a crash and a refused write.

export class Drafts {
  // `prefix`: whose page it is; two people may share a browser. `given`: name -> what the server had when it made the
  // page, for what this browser does not know (another one wrote it, or this one was cleared).
  constructor(storage, prefix, given = new Map()) {
    this.storage = storage;
    this.prefix = `parley:draft:${prefix}:`;
    this.given = new Map(given);
    this.served = new Map(given); // what the server may still have
    for (const [name, text] of given) if (this.read(`gone:${name}`) === text) this.given.delete(name);
    this.onKeep = () => {}; // (name, text)
  }

  keep(name, text) {
    // Done with, even if the server hears of it later, or only then takes what was typed last.
    if (!text && this.isServed(name)) this.#store(`gone:${name}`, this.read(name));
    this.given.delete(name);
    this.#store(name, text);
    this.onKeep(name, text);
  }

  #store(name, text) {
    try {
      if (text) this.storage.setItem(this.prefix + name, text);
      else this.storage.removeItem(this.prefix + name);
    } catch {
      // Storage is full or forbidden: the field itself still holds the text.
    }
  }

  read(name) {
    try {
      return this.storage.getItem(this.prefix + name) || this.#given(name);
    } catch {
      return this.#given(name);
    }
  }

  // Whether the server may have it, also when it was saved as the page before this one was left.
  isServed(name) {
    return this.served.has(name) || this.read(`saved:${name}`) !== "";
  }

  serve(name, isThere) {
    if (!isThere) this.served.delete(name);
    this.#store(`saved:${name}`, isThere ? "1" : "");
  }

  names() {
    const length = this.storage?.length ?? 0;
    const every = Array.from({ length }, (_, index) => this.storage.key(index));
    const here = every.filter((key) => key?.startsWith(this.prefix)).map((key) => key.slice(this.prefix.length));
    return [...new Set([...here, ...this.given.keys()])].filter((name) => !name.startsWith("gone:"));
  }

  #given(name) {
    return this.given.get(name) ?? "";
  }
}

// What the server had: place -> text.
export function givenIn(template) {
  return new Map([...(template?.content.children ?? [])].map((one) => [one.dataset.place, one.textContent]));
}

// The field of a form whose text is kept: the one that it names, else its body.
export function draftField(form) {
  return form?.elements[form.dataset.field ?? "body"];
}

// The page after a plain form: the text was taken unless the form is back with a reason, or the answer never came.
export function wasTaken({ sent, refused, navigation }) {
  return Boolean(sent) && !refused && navigation === "navigate";
}
