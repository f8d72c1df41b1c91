// What somebody is writing survives a reload, a crash and a refused write.

export class Drafts {
  // `prefix`: whose page it is; two people may share a browser.
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
    const length = this.storage?.length ?? 0;
    const every = Array.from({ length }, (_, index) => this.storage.key(index));
    return every.filter((key) => key?.startsWith(this.prefix)).map((key) => key.slice(this.prefix.length));
  }
}

// The field of a form whose text is kept: the one that it names, else its body.
export function draftField(form) {
  return form?.elements[form.dataset.field ?? "body"];
}

// The page after a plain form: the text was taken unless the form is back with a reason, or the answer never came.
export function wasTaken({ sent, refused, navigation }) {
  return Boolean(sent) && !refused && navigation === "navigate";
}
