// Server-Sent Events, parsed as WHATWG HTML 9.2 says, from pieces of any size.

export class Parser {
  constructor(onEvent) {
    this.onEvent = onEvent;
    this.text = "";
    this.data = [];
    this.type = "";
    this.lastId = "";
    this.started = false;
  }

  feed(text) {
    if (!this.started && text) {
      this.started = true;
      if (text.startsWith("\ufeff")) text = text.slice(1);
    }
    this.text += text;
    const pattern = /\r\n|\n|\r/g;
    let from = 0;
    for (let end = pattern.exec(this.text); end; end = pattern.exec(this.text)) {
      if (end[0] === "\r" && pattern.lastIndex === this.text.length) break;
      this.#line(this.text.slice(from, end.index));
      from = pattern.lastIndex;
    }
    this.text = this.text.slice(from);
  }

  #line(line) {
    if (line) {
      this.#field(line);
    } else {
      if (this.data.length) this.onEvent({ type: this.type || "message", data: this.data.join("\n"), id: this.lastId });
      this.data = [];
      this.type = "";
    }
  }

  #field(line) {
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (name === "data") this.data.push(value);
    else if (name === "event") this.type = value;
    else if (name === "id" && !value.includes("\0")) this.lastId = value;
  }
}
