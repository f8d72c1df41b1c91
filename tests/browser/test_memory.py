"""Ten thousand events leave the page as large as it was."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
EVENTS = 10_000
APPLY = """async (count) => {
  const { LiveBoard } = await import(document.querySelector("script[src*='live/main']").src.replace("main.", "board."));
  const main = document.getElementById("board");
  const board = new LiveBoard(main, { locked: (act) => act() }, { onChange: () => {} });
  const card = document.querySelector("#zones .card");
  for (let number = 1; number <= count; number += 1) {
    const seq = board.sequence.seq + 1;
    const text = card.outerHTML.replaceAll(/data-version="\\d+"/g, `data-version="${number}"`);
    const html = `<live-update verb="append" target="${card.parentElement.id}">${text}</live-update>`;
    const data = JSON.stringify({ seq, kind: "card.edited", actor: { id: "x" }, html });
    const missing = board.receive({ type: "change", id: `${board.sequence.epoch}-${seq}`, data });
    if (missing) throw new Error(missing);
    if (number % 500 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  await new Promise((resolve) => setTimeout(resolve, 2100));
  return board.sequence.seq;
}"""


def size(page: Page) -> dict[str, float]:
    session: Any = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    metrics = {row["name"]: row["value"] for row in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return {name: metrics[name] for name in ("JSHeapUsedSize", "Nodes", "JSEventListeners")}


def test_the_page_does_not_grow_with_the_number_of_events(enter: Callable[..., Page]) -> None:
    page = enter("participant")
    page.evaluate(APPLY, 500)
    before = size(page)
    page.evaluate(APPLY, EVENTS)
    after = size(page)
    print(before, after)
    assert after["Nodes"] <= before["Nodes"] + 200
    assert after["JSEventListeners"] <= before["JSEventListeners"] + 5
    assert after["JSHeapUsedSize"] <= before["JSHeapUsedSize"] + 2_000_000
    assert page.locator("#zones .card").count() < 50
