"""An admin lets one person test; their page runs away, and it is theirs no more, by itself."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.server import Server, until

pytestmark = [pytest.mark.browser]
FLAG = "SELECT id FROM safeguards_flag WHERE name = 'live_board'"
# Not as people do it: that would be an incident.
CALM = "from safeguards import rollout as r; [r.off(f, actor='t') for f in ('live_board', 'live_presence', 'live_cursors')]"
REHEARSED = "from board.proof.staged import rehearsed; rehearsed('live_board')"
AMPLIFIED = "() => { for (let n = 0; n < 3; n += 1) fetch(location.pathname); }"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    server.manage("shell", "-v0", "-c", CALM)
    yield server
    server.stop()


@contextmanager
def admin_page(browser: Browser, server: Server) -> Iterator[Page]:
    """The flag page without a script: what an admin can do anywhere."""
    context = browser.new_context(base_url=server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.click("button:has-text('Enter as admin')")
    page.goto(f"/admin/safeguards/flag/{server.rows(FLAG)[0][0]}/change/")
    yield page
    context.close()


def add(page: Page, username: str) -> None:
    page.fill("input[name=username]", username)
    page.fill("form:has(input[value=add]) input[name=reason]", "The first one")
    page.check("input[name=consented]")
    page.click("button:has-text('Add')")


def test_one_tester_has_it_and_loses_it_when_their_page_runs_away(
    browser: Browser, server: Server, enter: Callable[..., Page]
) -> None:
    tester, neighbour = enter("facilitator", live=False), enter("participant", live=False)
    expect(tester.locator("#board")).to_have_attribute("data-live", "off")
    with admin_page(browser, server) as admin:
        expect(admin.locator("#who")).to_have_text("Off: nobody has it.")
        server.manage("shell", "-v0", "-c", REHEARSED)
        add(admin, "demo-facilitator")
        expect(admin.locator("#who")).to_contain_text("On for 1 named tester; nobody else.")
        expect(admin.locator("#verdict")).to_contain_text("HOLD")

    def is_live() -> Any:
        tester.reload()
        return tester.get_attribute("#board", "data-live") == "on"

    until(is_live, 5, "the tester's page is live", every=0.5)
    expect(tester.locator("#status")).to_have_attribute("data-state", "live")
    expect(tester.locator(".testing")).to_contain_text("You are testing: live boards.")
    neighbour.reload()
    expect(neighbour.locator("#board")).to_have_attribute("data-live", "off")
    expect(neighbour.locator(".testing")).to_have_count(0)

    began = time.monotonic()
    tester.evaluate(AMPLIFIED)
    until(lambda: rollbacks(server), 10, "the rollback is on file", every=0.05)
    print(f"\nfrom the page running away to the rollback on file: {time.monotonic() - began:.2f} s")
    expect(tester.locator("#status")).not_to_have_attribute("data-state", "live")
    tester.reload()
    expect(tester.locator("#board")).to_have_attribute("data-live", "off")
    with admin_page(browser, server) as admin:
        expect(admin.locator("#who")).to_have_text("Off: nobody has it.")
        expect(admin.locator("#verdict")).to_contain_text("FAIL")
        expect(admin.locator("#audit")).to_contain_text("auto:unknown-cause")
        until(lambda: sealed(server), 20, "the bag is sealed", every=0.2)
        admin.goto("/ops/bags/")
        expect(admin.locator("main")).to_contain_text("rollback")
        admin.goto("/ops/incidents/")
        admin.click("a.incidents__one >> nth=0")
        expect(admin.locator("main")).to_contain_text("unknown-cause")
        admin.goto("/ops/runbooks/rollback/")
        expect(admin.locator("h1")).to_be_visible()


def test_a_tester_leaves_with_one_click(browser: Browser, server: Server, enter: Callable[..., Page]) -> None:
    server.manage("rollout", "add", "live_board", "demo-participant")
    page = enter("participant", live=False)
    page.wait_for_selector("#status[data-state=live]")
    page.click("button:has-text('Leave the test')")
    expect(page.locator("#board")).to_have_attribute("data-live", "off")
    expect(page.locator(".testing")).to_have_count(0)
    assert json.loads(server.manage("rollout", "status", "live_board"))["testers"] == []


def sealed(server: Server) -> list[str]:
    return [folder.name for folder in (server.folder / "bags").glob("*-rollback")]


def rollbacks(server: Server) -> list[str]:
    return [file.name for file in (server.folder / "incidents").glob("*-rollback.*json")]
