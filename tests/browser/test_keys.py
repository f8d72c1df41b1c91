"""Without a mouse: capture, walk, edit, move; what is said to who listens."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.board import card, jot
from tests.support.server import until

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]


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
