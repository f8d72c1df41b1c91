// What somebody is writing survives a reload, a crash and a refused write.

export class Drafts {
  constructor(storage, prefix) {
    this.storage = storage;
    this.prefix = `parley:draft:${prefix}:`;
  }

  keep(name, text) {
    try {
      if (text) this.storage.setItem(this.prefix + name, text);
      else this.storage.removeItem(this.prefix + name);
    } catch {
      // Storage is full or forbidden: the field itself still holds the text.
    }
  }

  read(name) {
    try {
      return this.storage.getItem(this.prefix + name) ?? "";
    } catch {
      return "";
    }
  }

  names() {
    const every = Array.from({ length: this.storage.length }, (_, index) => this.storage.key(index));
    return every.filter((key) => key?.startsWith(this.prefix)).map((key) => key.slice(this.prefix.length));
  }
}
