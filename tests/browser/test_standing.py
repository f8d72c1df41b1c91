"""What one may do here changes while the page is open: controls follow, nothing written is lost."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
COMPOSER = ".zone--active .composer textarea"


def post(page: Page, path: str, **fields: str) -> None:
    """A plain form of the settings page, sent without leaving this one."""
    token = next(c["value"] for c in page.context.cookies() if c["name"] == "csrftoken")
    answer = page.request.post(
        page.url.split("#")[0] + path,
        form=fields | {"mid": str(uuid4()), "csrfmiddlewaretoken": token},
        headers={"Referer": page.url},
        max_redirects=0,
    )
    assert answer.status == 303, answer.text()


def test_a_new_role_counts_at_once_and_keeps_the_draft(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    jonas.fill(COMPOSER, "Not sent yet")
    post(mona, "members/demo-participant/role/", role="observer")
    expect(jonas.locator(".toast", has_text="Your role here is now: Observer")).to_be_visible()
    expect(jonas.locator(COMPOSER)).to_be_hidden()
    expect(jonas.locator("#undo-form")).to_be_hidden()
    expect(jonas.locator(".card__menu:visible")).to_have_count(0)
    post(mona, "members/demo-participant/role/", role="facilitator")
    jonas.locator(".toast", has_text="Facilitator").get_by_role("button", name="Reload").click()
    expect(jonas.locator(COMPOSER)).to_have_value("Not sent yet")
    expect(jonas.get_by_role("button", name="End session")).to_be_visible()
    post(mona, "members/demo-participant/role/", role="participant")
    expect(jonas.get_by_role("button", name="End session")).to_be_hidden()


def test_an_archived_board_offers_nothing_until_it_is_back(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    jonas.fill(COMPOSER, "Half a thought")
    post(mona, "archive/")
    for page in (mona, jonas):
        expect(page.get_by_text("This board is archived")).to_be_visible()
        expect(page.locator(":is(.composer, .strip__acts, #undo-form, .card__menu):visible")).to_have_count(0)
    mona.reload()
    expect(mona.locator("#status[data-state=live]")).to_be_visible()
    post(mona, "unarchive/")
    for page in (mona, jonas):
        expect(page.locator(COMPOSER)).to_be_visible()
    expect(mona.get_by_role("button", name="End session")).to_be_visible()
    expect(jonas.locator(COMPOSER)).to_have_value("Half a thought")


def test_a_new_name_is_in_the_tab_too(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    before = mona.locator("#board-title").inner_text()
    post(mona, "rename/", name="Another name")
    expect(jonas).to_have_title("Another name · Parley")
    post(mona, "rename/", name=before)
    expect(jonas).to_have_title(f"{before} · Parley")


def test_the_text_for_a_card_that_is_gone_becomes_a_new_card(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    mona.fill(COMPOSER, "To be deleted")
    mona.press(COMPOSER, "Enter")
    card = jonas.locator("#zones .card", has_text="To be deleted")
    card.locator("[data-card-menu]").click()
    jonas.click("#card-menu [data-action=edit]")
    card.locator("form.editor textarea").fill("My long second thought")
    own = mona.locator("#zones .card", has_text="To be deleted")
    own.locator("[data-card-menu]").click()
    mona.click("#card-menu [data-action=delete]")
    expect(jonas.get_by_text("This card was deleted")).to_be_visible()
    jonas.reload()
    jonas.locator(".toast", has_text="My long second thought").get_by_role("button").click()
    expect(jonas.locator(COMPOSER)).to_have_value("My long second thought")
    jonas.reload()
    expect(jonas.locator(COMPOSER)).to_have_value("My long second thought")
    expect(jonas.locator(".toast", has_text="You were editing")).to_have_count(0)


def test_the_reason_of_a_stop_is_told_on_open_pages_and_new_ones(enter: Enter, server: Server) -> None:
    jonas = enter("participant")
    server.manage("kill", "on", "--reason", "The database moves")
    try:
        paused = jonas.locator("#status[data-state=paused]")
        expect(paused).to_contain_text("The database moves", timeout=10_000)
        jonas.get_by_role("button", name="Reconnect").click()
        expect(paused).to_contain_text("The database moves")
        jonas.reload()
        expect(paused).to_contain_text("switched off (The database moves)")
    finally:
        server.manage("kill", "off")
    jonas.wait_for_timeout(1500)
    jonas.get_by_role("link", name="Try again").click()
    expect(jonas.locator("#status[data-state=live]")).to_be_visible()
