"""What nobody caused: one budget for all tabs of a browser, and a button that only a hand can press."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.board import middle
from tests.support.server import Server, until

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
TABS, RELOADS = 4, 3
# A page gone wrong: a write that waits is sent again and again, with the page's own code.
LOOP = """addEventListener("DOMContentLoaded", async () => {
  const { Refused, Wire } = await import("WIRE");
  const wire = new Wire({ storage: localStorage });
  setInterval(async () => {
    try {
      await wire.request({ kind: "queued" }, "/healthz");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }, 50);
});"""
WIRE = "performance.getEntriesByType('resource').map(one => one.name).find(name => /[/]live[/]wire[.]/.test(name))"
PRESS = "document.querySelector('button.reconnect').click()"


def fetched(page: Page, part: str = "") -> list[Request]:
    """What the scripts of this browser send from now on."""
    sent: list[Request] = []

    def count(request: Request) -> None:
        if request.resource_type == "fetch" and part in request.url:
            sent.append(request)

    page.context.on("request", count)
    return sent


def test_tabs_and_reloads_of_one_browser_share_one_budget(enter: Enter) -> None:
    mona = enter("facilitator", used=False)
    sent, since = fetched(mona), time.monotonic()
    mona.context.add_init_script(LOOP.replace("WIRE", mona.evaluate(WIRE)))
    tabs = [mona, *(mona.context.new_page() for _ in range(TABS - 1))]
    for _ in range(RELOADS):
        for tab in tabs:
            tab.goto(mona.url)
    mona.wait_for_timeout(3000)
    seconds = time.monotonic() - since
    # One more for each other tab that asked before it could hear of what was sent.
    assert 10 <= len(sent) <= 10 + 2 * seconds + (TABS - 1)


def test_only_a_person_reconnects_and_once_a_minute(enter: Enter, server: Server) -> None:
    leader = enter("participant", used=False)
    leader.context.add_init_script("Math.random = () => 10")  # a mere gesture would wait for 30 s
    leader.reload()
    expect(leader.locator("#status[data-state=live]")).to_be_visible()
    other = leader.context.new_page()
    other.goto(leader.url)
    expect(other.locator("#status[data-state=live]")).to_be_visible()
    opened = fetched(leader, "/stream/")
    server.manage("kill", "on", "--reason", "Calm down")
    try:
        for tab in (leader, other):
            expect(tab.get_by_role("button", name="Reconnect")).to_be_visible()
            tab.evaluate(PRESS)
            tab.evaluate("fetch('/healthz').then(() => null)")
        assert opened == []
        other.mouse.move(*middle(other.get_by_role("button", name="Reconnect")))
        other.mouse.down()
        expect(other.locator("#status[data-state=catching-up]")).to_be_visible()
        other.mouse.up()
        try:
            until(lambda: other.title() and opened, 5, "the attempt")
        except (
            AssertionError
        ):  # let go beside a button that a busy machine has just drawn elsewhere: pressed again
            other.get_by_role("button", name="Reconnect").click()
            until(lambda: other.title() and opened, 10, "the attempt")
        expect(other.get_by_role("button", name="Reconnect")).to_be_visible()
        other.get_by_role("button", name="Reconnect").click()
        expect(other.locator(".toast")).to_contain_text("They can be opened again at")
        assert len(opened) == 1
    finally:
        server.manage("kill", "off")
