// The live board: one stream for all tabs, changes applied in order, own writes shown at once.

import { clock, drafts, giveDraft, storage, wordTimes } from "../page.js";
import { plural, word } from "../words.js";
import { actsOf } from "./acts.js";
import { Announcer } from "./announcer.js";
import { LiveBoard } from "./board.js";
import { Composers } from "./composer.js";
import { Drag } from "./drag.js";
import { countMention, Drawer } from "./drawer.js";
import { Editor } from "./editor.js";
import { Find } from "./find.js";
import { cardsIn } from "./focus.js";
import { sendForms } from "./forms.js";
import { Indicators } from "./indicators.js";
import { isMuted, Keyboard } from "./keyboard.js";
import { Tabs } from "./leader.js";
import { Linker } from "./linker.js";
import { Mender } from "./mender.js";
import { CardMenu } from "./menu.js";
import { Notices, READ_MS } from "./notices.js";
import { Selection } from "./selection.js";
import { followSession } from "./session.js";
import { Shower } from "./shower.js";
import { followRole } from "./standing.js";
import { Pill } from "./status.js";
import { Stream } from "./stream.js";
import { toast } from "./toasts.js";
import { Undoing } from "./undoing.js";
import { Unread } from "./unread.js";
import { Wire } from "./wire.js";
import { Writes } from "./writes.js";

const ended = new AbortController();
const { signal } = ended;
const main = document.getElementById("board");
const wire = new Wire({ storage });
const now = { state: "idle", reason: "", until: 0, waiting: 0, page: "whole" };
const pill = new Pill(document.getElementById("status"), word, () => (tabs.leads ? reconnect() : tabs.tell({ reconnect: true })));

let saver = null; // once somebody types
const composers = new Composers(drafts);
const unread = new Unread({ main, storage });
const board = new LiveBoard(main, wire, {
  onChange: changed,
  onFetched: (fetched) => tabs.tell(fetched),
  onOld: (change) => unread.change(change, { old: true }),
  stands: (change) => writes.stands(change),
  from: unread.since,
});
const shower = new Shower({
  button: document.getElementById("unshown"),
  board,
  say: (n) => `${plural("changes", n)} · ${word("show")}`,
  onEnd: () => mender.look(),
  onFail: () => toast(word("not-shown"), { key: "not-shown" }),
});
const notices = new Notices({ onLevel: (level) => tell({ level }), onLimit: limited, time: () => clock.time() });
const writes = new Writes({
  wire,
  main,
  storage,
  seq: () => board.shows,
  drafted: (what) => drafts.isServed(placeOf(what)),
  on: {
    limited: (name, ms) => notices.limited(name, ms),
    changed: () => tell({ waiting: writes.outbox.waiting, lost: writes.outbox.lost }),
    sent(entry, answer) {
      composers.used(entry);
      drafts.serve(placeOf(entry.what), false);
      saver?.sent(placeOf(entry.what));
      undoing.sent(entry, answer);
    },
    refused: (entry, answer) => undoing.refused(entry, answer) || giver(entry)?.giveBack(entry, answer),
    retried(entry) {
      if (entry.what.draft && entry.what.verb !== "edit") composers.taken(entry);
      const card = entry.what.verb === "edit" && document.getElementById(`card-${entry.what.card}`);
      if (card) editor.close(card);
    },
  },
});
const feels = document.getElementById("here") !== null;
const indicators = feels ? new Indicators({ main, wire, storage, isOpen: () => now.state === "open" }) : null;
const editor = new Editor({ writes, drafts, claim: (card) => indicators?.on(card) ?? "", anew: (text) => composers.put(text) });
const menu = new CardMenu({ writes, editor, select: (card) => selection.toggle(card) });
const drawer = new Drawer({ wire, give: giveDraft, main, wake: wordTimes, leftAt: unread.left?.at });

const undoing = new Undoing({ writes, drawer, editor });
const announcer = new Announcer({
  speak: (words) => (document.getElementById("announcer").textContent = words),
  say: (changes, names) => word("heard", { changes: plural("changes", changes), names: names.join(", ") }),
  isMuted: () => isMuted(storage),
});
const find = new Find();
const selection = menu.menu ? new Selection({ writes }) : null;
const keyboard = new Keyboard({
  acts: actsOf({ main, editor, menu, drawer, find, undoing, selection, help: () => keyboard.open() }),
  storage,
});
const linker = new Linker({ writes });
if (menu.menu) new Drag({ drop: menu.drop.bind(menu), link: linker.ask.bind(linker), lost: () => toast(word("lost")) });

const mender = new Mender({
  missing: () => board.missing,
  repair: () => board.repair(),
  refresh: () => board.refresh(),
  wait: () => wire.repairWait(),
  onState: (page) => {
    tell({ page });
    if (page === "stale") toast(word("behind"), { label: word("reload"), act: () => location.reload() });
  },
});

const stream = new Stream({
  open: (signal) => wire.request({ kind: "stream" }, board.streamUrl, { signal, headers: { Accept: "text/event-stream" } }),
  onEvent: (event) => {
    tabs.tell({ event });
    handle(event);
  },
  onState: (state, reason, until, detail) => {
    if (!tabs.leads) return;
    tabs.tell({ state, reason, until, detail });
    become({ state, reason, until, detail });
  },
});

const tabs = new Tabs({
  name: `parley:${main.dataset.slug}:${main.dataset.me}`,
  onLead: () => stream.start(),
  onFollow: () => {
    stream.stop();
    tabs.tell({ hello: true });
  },
  onMessage: hear,
});

// The field whose text a write was made of.
function placeOf({ verb, card, draft }) {
  return verb === "edit" ? `edit-${card}` : draft;
}

function giver(entry) {
  return { create: composers, reply: composers, edit: editor }[entry.what.verb];
}

// What another tab says: frames and page it has read, how its stream is, what a person did there.
function hear(message) {
  if (message.event) handle(message.event);
  if (message.html && (board.unshown || board.missing === "snapshot")) wire.locked(() => board.restore(message.html));
  if (message.state && !tabs.leads) become(message);
  if (message.rest) limited("stream", message.rest);
  if (message.head > board.sequence.seq) board.sequence.saw(message.head);
  if (tabs.leads) answer(message);
  mender.look();
}

function answer(message) {
  if (message.hello) {
    const { state, reason, until, detail } = now;
    tabs.tell({ state, reason, until, detail, head: board.sequence.seq });
    for (const { last } of [indicators ?? {}, notices]) if (last) tabs.tell({ event: last });
  }
  if (message.wake) stream.wake();
  if (message.reconnect) reconnect();
}

// Somebody pressed the button, here or in a tab that says so.
function reconnect() {
  const rest = stream.reconnect();
  if (!rest) return;
  tabs.tell({ rest });
  limited("stream", rest);
}

function handle(event) {
  wire.locked(() => {
    notices.receive(event);
    board.receive(event);
    indicators?.receive(event);
  });
  mender.look();
}

function changed(change) {
  if (!change?.mid) writes.settleAll();
  else if (change.html !== undefined) writes.settle(change.mid);
  composers.fit();
  followSession();
  editor.tell();
  drawer.tell(change);
  find.apply();
  selection?.tell();
  countMention(change, main);
  unread.name();
  if (change) told(change);
  wordTimes();
  indicators?.changed(change);
  shower.tell();
}

function limited(name, ms) {
  const time = new Date(Math.ceil((Date.now() + ms) / 1000) * 1000).toLocaleTimeString();
  const words = word(`limit-${name}`, { time }) || word("limited", { time });
  toast(words, { key: `limit-${name}`, ms: Math.max(ms, READ_MS) });
}

function told(change) {
  unread.change(change);
  followRole(change, main);
  if (change.actor?.id !== main.dataset.me) announcer.heard(change);
  else if (change.kind === "card.moved") announcer.own(movedTo(change));
}

function movedTo({ data }) {
  const card = document.getElementById(`card-${data.card}`);
  const cards = card ? cardsIn(card.parentElement) : [];
  return word("moved-to", { zone: data.titles.after, n: cards.indexOf(card) + 1, all: cards.length });
}

function become({ state, reason, until, detail }) {
  const anew = state === "open" && now.state !== "open";
  tell({ state, reason, until, detail });
  if (anew) notices.calm();
  indicators?.stream(state);
  if (state !== "open") return;
  writes.outbox.flush();
  mender.again();
}

function tell(part) {
  pill.show(Object.assign(now, part));
}

// Somebody acted, or the network is back: one attempt to open the stream, and what waits goes out.
function wake() {
  if (tabs.leads) stream.wake();
  else if (now.state !== "open") tabs.tell({ wake: true });
  if (now.state === "open" && writes.outbox.waiting) writes.outbox.flush();
}

// Drafts go to the server too, by code of their own; without it they are in this browser.
async function save(first) {
  const { saveDrafts } = await import(main.dataset.typing).catch(() => ({}));
  saver ??= saveDrafts?.({ wire, drafts, signal, first });
}

sendForms({ writes, composers, undoing, signal });
for (const kind of drafts.served.size ? ["input", "click", "keydown"] : ["input"])
  document.addEventListener(kind, save, { signal, once: true });
document.addEventListener("pointerdown", (event) => event.isTrusted && wake(), { passive: true, signal });
document.addEventListener("keydown", (event) => event.isTrusted && wake(), { passive: true, signal });
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake(), { signal });
addEventListener("online", wake, { signal });
addEventListener("pagehide", () => {
  ended.abort();
  saver?.stop();
  announcer.stop();
  mender.stop();
  notices.stop();
  writes.outbox.stop();
  indicators?.stop();
  stream.stop();
  tabs.leave();
});
// Back from the browser's cache: everything was let go, so the page starts afresh.
addEventListener("pageshow", (event) => event.persisted && location.reload());

composers.fit();
followSession();
tell({ waiting: writes.outbox.waiting });
tabs.start();
