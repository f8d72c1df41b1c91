"""Without a mouse: capture, walk, undo, find, select."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server, until

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


def focused(page: Page) -> str:
    return page.evaluate(
        "document.activeElement.closest('.card')?.querySelector('.card__body').textContent ?? ''"
    )


def test_a_card_moves_by_keyboard_and_keeps_the_focus(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    for text in ("Step one", "Step two", "Step three"):
        jot(mona, text)
    last = ".zone--active .cards > :nth-last-child({})"
    card(mona, "Step three").evaluate("node => node.focus()")
    mona.keyboard.press("Shift+ArrowUp")
    mona.keyboard.press("Shift+ArrowUp")  # before the first answer: it is no conflict with oneself
    for page in (mona, jonas):
        expect(page.locator(last.format(3))).to_contain_text("Step three")
        expect(page.locator(last.format(1))).to_contain_text("Step two")
    mona.keyboard.press("Shift+ArrowDown")
    expect(jonas.locator(last.format(2))).to_contain_text("Step three")
    mona.keyboard.press("Shift+ArrowRight")
    expect(jonas.locator(".zone--parking .card", has_text="Step three")).to_be_visible()
    assert focused(mona) == "Step three"
    mona.keyboard.press("m")
    mona.select_option("#move-dialog [name=zone]", label="Resolved")
    mona.click("#move-dialog button[value=move]")
    expect(jonas.locator(".zone--resolved .card", has_text="Step three")).to_be_visible()
    assert focused(mona) == "Step three"
    mona.keyboard.press("e")
    mona.keyboard.press("Escape")
    assert focused(mona) == "Step three"
    assert mona.locator(".toast", has_text="Somebody").count() == 0


def test_the_focus_stays_near_a_card_that_leaves(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    for text in ("Stays", "Leaves by Mona", "Leaves by Jonas"):
        jot(jonas, text)
    expect(card(mona, "Leaves by Jonas")).to_be_visible()
    card(mona, "Leaves by Mona").evaluate("node => node.focus()")
    mona.keyboard.press("Delete")
    assert focused(mona) == "Leaves by Jonas"
    card(jonas, "Leaves by Jonas").evaluate("node => node.focus()")
    jonas.keyboard.press("Delete")
    until(lambda: focused(mona) == "Stays", what="the focus on the card that stays")


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


def test_who_listens_hears_of_others_in_one_sentence_and_of_own_moves(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    jot(mona, "Heard one")
    jot(mona, "Heard two")
    expect(jonas.locator("#announcer")).to_have_text("2 changes by Mona Okafor", timeout=8000)
    card(mona, "Heard one").evaluate("node => node.focus()")
    mona.keyboard.press("m")
    mona.select_option("#move-dialog [name=zone]", label="Unresolved")
    mona.click("#move-dialog button[value=move]")
    expect(mona.locator("#announcer")).to_have_text(re.compile(r"Moved to Unresolved, (\d+) of \1$"))


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
