"""What was typed and not sent outlives the browser it was typed in, and costs next to nothing while it is typed."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.board import card, jot
from tests.support.server import until

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
GAP_SECONDS = 10  # between two saves of one draft
FIELD = ".zone--active .composer textarea"


def saves(page: Page) -> list[str]:
    """What goes out about drafts from now on."""
    sent: list[str] = []

    def count(request: Request) -> None:
        if "/drafts/" in request.url:
            assert request.headers["x-cause"]
            sent.append(request.method)

    page.on("request", count)
    return sent


def clear(page: Page) -> None:
    """As a person clears what a site has kept; their session stays."""
    page.evaluate("localStorage.clear()")


def typed(page: Page, text: str) -> None:
    """Typed, and away from the field: the server has it."""
    page.locator(FIELD).press_sequentially(text)
    with page.expect_response(lambda answer: "/drafts/" in answer.url and answer.status == 204):
        page.locator(FIELD).blur()


def test_a_draft_is_back_although_the_browser_was_cleared(enter: Enter) -> None:
    mona = enter("facilitator")
    mona.locator(FIELD).press_sequentially("Half a thought")
    mona.locator(FIELD).press("Shift+Enter")
    typed(mona, "and <b>more</b>")
    clear(mona)
    mona.reload()
    expect(mona.locator(FIELD)).to_have_value("Half a thought\nand <b>more</b>")
    jonas = enter("participant")
    expect(jonas.locator(FIELD)).to_have_value("")
    mona.locator(FIELD).fill("")
    mona.locator(FIELD).blur()


def test_it_follows_its_owner_and_what_is_typed_here_wins(enter: Enter) -> None:
    first, second = enter("facilitator"), enter("facilitator")
    typed(second, "Typed here")
    typed(first, "Typed there")
    second.reload()
    expect(second.locator(FIELD)).to_have_value("Typed here")
    clear(second)
    second.reload()
    expect(second.locator(FIELD)).to_have_value("Typed there")


def test_an_edit_is_back_too(enter: Enter) -> None:
    mona = enter("facilitator")
    jot(mona, "To be edited")
    card(mona, "To be edited").click()
    mona.keyboard.press("e")
    editor = mona.locator(".editor textarea")
    editor.fill("Edited by half")
    with mona.expect_response(lambda answer: "/drafts/edit-" in answer.url):
        mona.evaluate("document.activeElement.blur()")
    clear(mona)
    mona.reload()
    expect(editor).to_have_value("Edited by half")
    with mona.expect_request(lambda request: request.method == "DELETE"):
        mona.locator(".editor [data-cancel]").click()


def test_what_was_sent_is_gone_without_a_request_of_its_own(enter: Enter) -> None:
    mona = enter("facilitator")
    typed(mona, "Said at last")
    sent = saves(mona)
    mona.locator(FIELD).press("Enter")
    expect(card(mona, "Said at last")).to_be_visible()
    mona.wait_for_timeout(3000)
    assert sent == []
    clear(mona)
    mona.reload()
    expect(mona.locator("#status[data-state=live]")).to_be_visible()
    expect(mona.locator(FIELD)).to_have_value("")


def test_while_somebody_types_one_request_goes_out_and_none_because_of_others(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    sent, theirs, began = saves(mona), saves(jonas), time.monotonic()
    mona.locator(FIELD).press_sequentially("x" * 60, delay=50)
    until(lambda: mona.title() and sent, 5, "the save")
    for number in range(3):
        jot(jonas, f"Something happens {number}")
        expect(card(mona, f"Something happens {number}")).to_be_visible()
    mona.wait_for_timeout(2000)
    most = 1 + int(
        (time.monotonic() - began) / GAP_SECONDS
    )  # a slow machine types for longer than one save lasts
    assert set(sent) == {"PUT"} and len(sent) <= most and theirs.count("PUT") <= 1


def test_a_refused_save_is_no_error_and_waits_for_the_next_key(enter: Enter) -> None:
    mona = enter("facilitator")
    mona.route("**/drafts/**", lambda route: route.fulfill(status=429, headers={"Retry-After": "1"}))
    sent = saves(mona)
    mona.locator(FIELD).press_sequentially("Refused")
    mona.locator(FIELD).blur()
    until(lambda: mona.title() and sent, 5, "the attempt")
    mona.wait_for_timeout(3000)
    assert sent == ["PUT"]
    expect(mona.locator(".toast")).to_have_count(0)
    expect(mona.locator("#status[data-state=live]")).to_be_visible()
