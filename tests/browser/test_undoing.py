"""Own changes taken back and done again, and never over what somebody else did since."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.board import card, jot

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]


def test_what_was_done_again_is_taken_back_first(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    jot(mona, "First of two")
    jot(mona, "Second of two")
    mona.keyboard.press("u")
    expect(card(jonas, "Second of two")).to_have_count(0)
    mona.click(".toast button:has-text('Redo')")
    expect(card(jonas, "Second of two")).to_be_visible()
    expect(mona.locator(".toast", has_text="Done again")).to_be_visible()
    mona.keyboard.press("Control+z")
    expect(card(jonas, "Second of two")).to_have_count(0)
    expect(card(jonas, "First of two")).to_be_visible()
    expect(mona.locator(".toast", has_text="Taken back")).to_be_visible()
    mona.keyboard.press("Control+Shift+z")
    expect(card(jonas, "Second of two")).to_be_visible()


def test_undo_takes_back_nothing_that_somebody_changed_since(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    jot(mona, "Sentence at first")
    for page, text in ((mona, "Sentence of Mona"), (jonas, "Sentence of Jonas")):
        expect(card(page, "Sentence")).to_be_visible()
        card(page, "Sentence").evaluate("node => node.focus()")
        page.keyboard.press("e")
        page.fill(".editor textarea", text)
        page.keyboard.press("Control+Enter")
        expect(card(mona, text)).to_be_visible()
        expect(card(jonas, text)).to_be_visible()
    mona.keyboard.press("u")
    mona.click(".toast:has-text('Somebody changed this since') button:has-text('Open card')")
    expect(mona.locator(".editor [data-theirs]")).to_have_text("Sentence of Jonas")
    expect(mona.locator(".editor textarea")).to_have_value("Sentence at first")
    mona.keyboard.press("Escape")
    expect(card(mona, "Sentence of Jonas")).to_be_visible()
    card(jonas, "Sentence").evaluate("node => node.focus()")
    jonas.keyboard.press("u")
    expect(card(mona, "Sentence of Mona")).to_be_visible()


def test_a_session_ends_by_mistake_and_goes_on(enter: Enter) -> None:
    mona = enter("facilitator")
    mona.click("button:has-text('Pause')")
    mona.click(".toast:has-text('Session paused') button")
    expect(mona.locator("#session[data-status=live]")).to_be_visible()
