"""Without a mouse: capture, walk, undo, find, select."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import until

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]


def card(page: Page, text: str) -> Any:
    return page.locator("#zones .card:not(.is-own)", has_text=text)


def jot(page: Page, text: str, kind: str = "fact") -> None:
    page.keyboard.press(kind[0])
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(card(page, text)).to_be_visible()
    page.keyboard.press("Escape")


def test_a_thought_is_captured_with_one_key_and_enter(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    jot(mona, "Guessed by key", "guess")
    expect(jonas.locator(".card--guess", has_text="Guessed by key")).to_be_visible()


def test_a_thought_takes_three_seconds_and_no_mouse(enter: Enter) -> None:
    mona = enter("facilitator")
    mona.mouse.move(0, 0)
    mona.evaluate("""() => {
      addEventListener("keydown", () => { self.began ??= performance.now(); });
      addEventListener("mousedown", () => { self.clicked = true; });
      new MutationObserver(() => {
        const shown = [...document.querySelectorAll("#zones .card")].some((card) => card.textContent.includes("In three"));
        if (shown) self.took ??= performance.now() - self.began;
      }).observe(document.getElementById("zones"), { childList: true, subtree: true });
    }""")
    mona.keyboard.press("q")
    mona.keyboard.type("In three seconds")
    mona.keyboard.press("Enter")
    until(lambda: mona.evaluate("self.took"), what="the card")
    assert mona.evaluate("self.took < 3000 && !self.clicked")
    assert mona.evaluate("document.activeElement.name") == "body"  # the next thought may follow


def test_escape_leaves_the_composer_and_keeps_the_draft(enter: Enter) -> None:
    mona = enter("facilitator")
    mona.keyboard.press("j")
    here = mona.evaluate("document.activeElement.id")
    mona.keyboard.press("g")
    mona.keyboard.type("Half a thought")
    mona.keyboard.press("Escape")
    assert mona.evaluate("document.activeElement.id") == here
    mona.keyboard.press("o")
    assert mona.evaluate("document.activeElement.value") == "Half a thought"
    mona.reload()
    expect(mona.locator(".zone--active .composer textarea")).to_have_value("Half a thought")
    mona.fill(".zone--active .composer textarea", "")


def test_on_a_phone_a_thought_goes_into_the_zone_that_is_shown(enter: Enter) -> None:
    mona = enter("facilitator", viewport={"width": 360, "height": 740})
    mona.click("#zone-tabs a:has-text('Unresolved')")
    jot(mona, "Still open")
    expect(mona.locator(".zone--unresolved .card", has_text="Still open")).to_be_visible()


def test_who_only_reads_captures_nothing(enter: Enter) -> None:
    mona = enter("observer")
    mona.keyboard.press("q")  # nothing to capture for who only reads
    assert mona.evaluate("document.activeElement.tagName") == "BODY"


def test_a_thought_goes_into_the_zone_one_is_in(enter: Enter) -> None:
    mona = enter("facilitator")
    mona.keyboard.press("j")
    mona.keyboard.press("l")
    jot(mona, "Parked by key")
    expect(mona.locator(".zone--parking .card", has_text="Parked by key")).to_be_visible()


def test_keys_are_text_while_somebody_writes(enter: Enter) -> None:
    mona = enter("facilitator")
    mona.fill(".zone--active .composer textarea", "")
    mona.locator(".zone--active .composer textarea").focus()
    mona.keyboard.type("quite often, u know?")
    expect(mona.locator(".zone--active .composer textarea")).to_have_value("quite often, u know?")
    mona.fill(".zone--active .composer textarea", "")


def test_walk_edit_delete_undo_and_redo_by_keyboard_alone(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    jot(mona, "Walked to")
    card(mona, "Walked to").evaluate("node => node.focus()")
    mona.keyboard.press("k")
    assert "Walked to" not in mona.evaluate("document.activeElement.textContent")
    mona.keyboard.press("j")
    mona.keyboard.press("Delete")
    expect(card(jonas, "Walked to")).to_have_count(0)
    mona.keyboard.press("u")
    expect(card(jonas, "Walked to")).to_be_visible()
    mona.keyboard.press("Shift+U")
    expect(card(jonas, "Walked to")).to_have_count(0)
    mona.keyboard.press("Control+z")


def test_single_keys_can_be_switched_off(enter: Enter) -> None:
    mona = enter("facilitator")
    mona.keyboard.press("?")
    expect(mona.locator("#keys-dialog")).to_be_visible()
    mona.locator("#keys-dialog [data-singles]").uncheck()
    mona.keyboard.press("Escape")
    mona.keyboard.press("q")
    assert mona.evaluate("document.activeElement.tagName") != "TEXTAREA"
    mona.keyboard.press("Control+k")
    mona.keyboard.type("new question")
    mona.keyboard.press("Enter")
    assert mona.evaluate("document.activeElement.name") == "body"


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


def test_who_listens_hears_of_others_in_one_sentence_and_of_own_moves(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    jot(mona, "Heard one")
    jot(mona, "Heard two")
    expect(jonas.locator("#announcer")).to_have_text("2 changes by Mona Okafor", timeout=8000)
    card(mona, "Heard one").evaluate("node => node.focus()")
    mona.keyboard.press("m")
    mona.select_option("#move-dialog [name=zone]", label="Unresolved")
    mona.click("#move-dialog button[value=move]")
    expect(mona.locator("#announcer")).to_have_text("Moved to Unresolved")


def test_the_accessibility_tree_of_a_board(enter: Enter) -> None:
    mona = enter("facilitator")
    tree = mona.locator("body").aria_snapshot()
    for part in (
        'region "Active"',
        'heading "Parking lot"',
        'article "Fact #7"',
        'textbox "New card · Active',
    ):
        assert part in tree, tree
