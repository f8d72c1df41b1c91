"""Two people, one card: nothing of anybody's is overwritten."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
FIRST = "The deploy exhausted the pool on Thursday."


def edit(page: Page, text: str) -> None:
    page.locator("#zones .card:not(.is-own)", has_text="exhausted the pool on").locator(
        "[data-card-menu]"
    ).click()
    page.click("#card-menu [data-action=edit]")
    page.fill(".editor textarea", text)


def test_both_texts_stand_side_by_side_and_a_merge_is_offered(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    mona.fill(".zone--active .composer textarea", FIRST)
    mona.press(".zone--active .composer textarea", "Enter")
    expect(jonas.locator(".card", has_text=FIRST)).to_be_visible()
    edit(mona, "The late deploy exhausted the pool on Thursday.")
    edit(jonas, "The deploy exhausted the pool on Friday.")
    mona.click(".editor button:has-text('Save')")
    expect(jonas.locator(".card[data-version='2'] .editor")).to_be_attached()
    jonas.click(".editor button:has-text('Save')")
    expect(jonas.locator(".editor [data-theirs]")).to_have_text(
        "The late deploy exhausted the pool on Thursday."
    )
    expect(jonas.locator(".editor textarea")).to_have_value("The deploy exhausted the pool on Friday.")
    jonas.click(".editor [data-merge]")
    merged = "The late deploy exhausted the pool on Friday."
    expect(jonas.locator(".editor textarea")).to_have_value(merged)
    jonas.click(".editor button:has-text('Save')")
    expect(mona.locator(".card", has_text=merged)).to_be_visible()


def test_a_second_editor_is_told_before_the_first_keystroke(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    card = "#zones .card[data-number='7']"
    mona.locator(f"{card} [data-card-menu]").click()
    mona.click("#card-menu [data-action=edit]")
    mona.locator(".editor textarea").press("End")
    expect(jonas.locator(".sign--card", has_text="Mona Okafor is editing")).to_be_visible()
    jonas.locator(f"{card} [data-card-menu]").click()
    jonas.click("#card-menu [data-action=edit]")
    expect(jonas.locator(".editor [role=alert]")).to_contain_text("Mona Okafor")
    jonas.fill(".editor textarea", "And may go on")
