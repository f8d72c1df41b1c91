"""Finding cards, and selecting several to move them together, by keys and by thumb."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.board import card, jot
from tests.support.server import Server

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]


def test_find_stays_right_while_changes_arrive(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    jonas.keyboard.press("/")
    jonas.keyboard.type("needle")
    hidden = int(jonas.locator("#find [data-hidden]").inner_text().strip("+").split(" ")[0])
    jot(mona, "Only hay")
    expect(jonas.locator("#find [data-hidden]")).to_contain_text(f"+{hidden + 1} ")
    jot(mona, "The needle")
    expect(card(jonas, "The needle")).to_be_visible()
    expect(card(jonas, "Only hay")).to_be_hidden()
    jonas.keyboard.press("Escape")
    expect(card(jonas, "Only hay")).to_be_visible()


def test_find_has_a_button_and_leaves_a_card_in_hand(enter: Enter) -> None:
    jonas = enter("participant", viewport={"width": 360, "height": 740}, has_touch=True)
    jonas.get_by_role("button", name="Find").tap()
    mine = jonas.locator("#zones .zone--active .card").first
    mine.locator("[data-card-menu]").tap()
    jonas.tap("#card-menu [data-action=edit]")
    mine.locator("form.editor textarea").fill("In my hand")
    jonas.locator("#find [name=text]").fill("nothing has these words")
    expect(mine).to_be_visible()
    expect(jonas.locator("#zones .zone--active .card:visible")).to_have_count(1)
    mine.get_by_role("button", name="Cancel").tap()
    jonas.locator("#find [name=text]").tap()
    expect(mine).to_be_hidden()
    jonas.get_by_role("button", name="Find").tap()
    expect(mine).to_be_visible()
    assert jonas.evaluate("document.documentElement.scrollWidth") == 360


def test_selected_cards_move_together_as_one_change(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    jot(mona, "Selected one")
    jot(mona, "Selected two")
    for text in ("Selected one", "Selected two"):
        card(mona, text).evaluate("node => node.focus()")
        mona.keyboard.press("x")
    expect(mona.locator("#selection output")).to_have_text("2 cards selected")
    mona.select_option("#selection [name=zone]", label="Unresolved")
    mona.click("#selection button:has-text('Move')")
    expect(jonas.locator(".zone--unresolved .card", has_text="Selected")).to_have_count(2)
    mona.keyboard.press("u")
    expect(jonas.locator(".zone--active .card", has_text="Selected")).to_have_count(2)


def test_a_thumb_selects_several_and_they_move_together(enter: Enter, server: Server) -> None:
    jonas = enter("participant", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    mona = enter("facilitator")
    for text in ("Thumb one", "Thumb two", "Thumb three"):
        jot(mona, text)
    card(jonas, "Thumb one").locator("[data-card-menu]").tap()
    jonas.tap("#card-menu [data-action=select]")
    for text in ("Thumb two", "Thumb three", "Thumb three"):
        card(jonas, text).locator(".card__body").tap()
    expect(jonas.locator("#selection output")).to_have_text("2 cards selected")
    expect(card(jonas, "Thumb two")).to_have_attribute("aria-description", "selected")
    jonas.select_option("#selection [name=zone]", label="Parking lot")
    before = int(jonas.locator("#board").get_attribute("data-seq") or 0)
    jonas.locator("#selection").get_by_role("button", name="Move").tap()
    expect(mona.locator(".zone--parking .card", has_text="Thumb")).to_have_count(2)
    expect(card(jonas, "Thumb three")).not_to_have_attribute("aria-description", "selected")
    jonas.reload()
    after = int(jonas.locator("#board").get_attribute("data-seq") or 0)
    assert after - before == 3 + 1, "three cards were added, and two moved as one change"
