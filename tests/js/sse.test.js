import assert from "node:assert/strict";
import test from "node:test";
import { Parser } from "../../static/js/live/sse.js";

function parse(chunks) {
  const events = [];
  const parser = new Parser((event) => events.push(event));
  for (const chunk of chunks) parser.feed(chunk);
  return events;
}

const STREAM =
  '\ufeff: hb\n\nid: 0a1b2c3d-7\nevent: change\ndata: {"a":1}\n\ndata: one\r\ndata: two\r\n\r\nevent: bye\rdata: x\r\rdata: unfinished';

test("events come out whole, however the text is cut", () => {
  const whole = parse([STREAM]);
  assert.deepEqual(whole, [
    { type: "change", data: '{"a":1}', id: "0a1b2c3d-7" },
    { type: "message", data: "one\ntwo", id: "0a1b2c3d-7" },
    { type: "bye", data: "x", id: "0a1b2c3d-7" },
  ]);
  for (let at = 0; at <= STREAM.length; at += 1) {
    assert.deepEqual(parse([STREAM.slice(0, at), STREAM.slice(at)]), whole, `cut at ${at}`);
  }
  assert.deepEqual(parse([...STREAM]), whole);
});

test("comments, unknown fields and ids with NUL are ignored", () => {
  assert.deepEqual(parse([": hb\n\nretry: 5\nid: a\0b\ndata:x\n\n"]), [{ type: "message", data: "x", id: "" }]);
});

test("an event without data is none", () => {
  assert.deepEqual(parse(["event: change\n\n"]), []);
});
