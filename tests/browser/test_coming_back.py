"""Coming back: what was missed is told, and marked on exactly those cards."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import until

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]


def say(page: Page, text: str) -> None:
    page.fill(".zone--active .composer textarea", text)
    page.press(".zone--active .composer textarea", "Enter")
    expect(page.locator(".card:not(.is-own)", has_text=text)).to_be_attached()


def test_a_later_visit_tells_what_was_missed_and_where(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    address = jonas.url
    jonas.goto("/account/")
    say(mona, "While you were away")
    say(mona, "And one more")
    jonas.goto(address)
    expect(jonas.locator(".toast", has_text="Caught up: 2 changes by 1 person")).to_be_visible()
    expect(jonas.locator(".card.is-unread")).to_have_count(2)
    jonas.reload()
    expect(jonas.locator("#status[data-state=live]")).to_be_visible()
    expect(jonas.locator(".card.is-unread")).to_have_count(0)


def test_a_hidden_tab_counts_in_its_title(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    title = jonas.title()
    hide(jonas, hidden=True)
    say(mona, "Behind your back")
    until(lambda: jonas.title() == f"(1) {title}", what="the count in the title")
    hide(jonas, hidden=False)
    expect(jonas.locator(".toast", has_text="Caught up: 1 change by 1 person")).to_be_visible()
    until(lambda: jonas.title() == title, what="the plain title")
    expect(jonas.locator(".card.is-unread", has_text="Behind your back")).to_be_attached()


def hide(page: Page, *, hidden: bool) -> None:
    state = "hidden" if hidden else "visible"
    page.evaluate(
        """(state) => {
            Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )
