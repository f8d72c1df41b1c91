"""However many events, with thirty people who come, go, point and type, leave the page as large as it was."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
# What the tab that reads the stream would pass on: the whole page handles it, as it does in every other tab.
APPLY = """async (count) => {
  const { slug, me, epoch, seq } = document.getElementById("board").dataset;
  const channel = new BroadcastChannel(`parley:${slug}:${me}`);
  const tell = (type, data, id = "") => channel.postMessage({ event: { type, id, data: JSON.stringify(data) } });
  const card = document.querySelector("#zones .card");
  const who = (n) => ({ id: `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`, name: `Person ${n}`,
    initials: "PX", hue: "hue--blue", idle: false, card: card.id, editing: null });
  let at = (window.fedTo ??= Number(seq));
  for (let number = 1; number <= count; number += 1) {
    at += 1;
    const text = card.outerHTML.replaceAll(/data-version="\\d+"/g, `data-version="${at}"`);
    const html = `<live-update verb="append" target="${card.parentElement.id}">${text}</live-update>`;
    const change = { seq: at, kind: "card.edited", actor: who(number % 30), data: { card: card.dataset.card }, html };
    tell("change", change, `${epoch}-${at}`);
    if (number % 4) continue;
    const cursor = { anchor: card.id, x: number % 100 / 100, y: 0.5 };
    tell("pulse", { pulses: [{ id: who(number % 30).id, cursor, typing: number % 2 ? card.id : null, focus: card.id }] });
    if (number % 50 === 0) {
      const people = Array.from({ length: 30 }, (_, n) => who((number / 50 + n) % 45));
      tell("presence", { people, more: 0 });
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  window.fedTo = at;
  tell("presence", { people: [], more: 0 });
  const left = () => document.querySelectorAll(".sign, .cursor").length;
  await new Promise((resolve) => setTimeout(resolve, 2600));
  for (let wait = 0; left() && wait < 150; wait += 1) await new Promise((resolve) => setTimeout(resolve, 100));
  channel.close();
  return [left(), Number(card.dataset.version)];
}"""


def size(page: Page) -> dict[str, float]:
    session: Any = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    metrics = {row["name"]: row["value"] for row in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return {name: metrics[name] for name in ("JSHeapUsedSize", "Nodes", "JSEventListeners")}


@pytest.mark.parametrize("events", [1000, pytest.param(10_000, marks=pytest.mark.drill)])
def test_the_page_does_not_grow_with_the_number_of_events(enter: Callable[..., Page], events: int) -> None:
    page = enter("participant")
    page.evaluate(APPLY, 500)
    before = size(page)
    signs, version = page.evaluate(APPLY, events)
    after = size(page)
    print(before, after, signs, version)
    assert version > events, "the page did not handle them"
    assert signs == 0
    assert after["Nodes"] <= before["Nodes"] + 200
    assert after["JSEventListeners"] <= before["JSEventListeners"] + 5
    assert after["JSHeapUsedSize"] <= before["JSHeapUsedSize"] + 2_000_000
    assert page.locator("#zones .card").count() < 50
