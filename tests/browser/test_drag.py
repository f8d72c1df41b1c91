"""Cards dragged with the mouse: they end where somebody put them, whoever else drags."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.board import card, jot, middle
from tests.support.server import Server, until

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
TALL = {"viewport": {"width": 1400, "height": 2400}}


def grab(page: Page, text: str) -> None:
    body = card(page, text).locator(".card__body")
    body.hover(position={"x": 5, "y": 5})
    box = body.bounding_box()
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + 20, steps=3)
    expect(page.locator(".is-ghost")).to_have_count(1)


def carry(page: Page, to: Any, x: float = 0.5, y: float = 0.5) -> None:
    goal = to.bounding_box()
    page.mouse.move(goal["x"] + goal["width"] * x, goal["y"] + goal["height"] * y, steps=8)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def drag(page: Page, text: str, to: Any, *, release: bool = True) -> None:
    """Into the zone `to`, at its end; `release`: let go there."""
    grab(page, text)
    carry(page, to, y=(to.bounding_box()["height"] - 12) / to.bounding_box()["height"])
    if release:
        page.mouse.up()


def order(page: Page) -> list[list[str]]:
    return page.evaluate(
        "[...document.querySelectorAll('.cards')].map((zone) => [...zone.children].map((card) => card.dataset.number))"
    )


def writes(server: Server) -> int:
    return len([line for line in server.requests() if "POST" in line and "/cards/" in line])


def test_a_card_is_dragged_and_everybody_sees_it(enter: Enter) -> None:
    moving = {**TALL, "reduced_motion": "no-preference"}
    mona, jonas = enter("facilitator", **moving), enter("participant", **moving)
    jot(mona, "Dragged away")
    drag(mona, "Dragged away", mona.locator(".zone--parking .cards"))
    expect(jonas.locator(".zone--parking .card", has_text="Dragged away")).to_be_visible()
    assert mona.locator(".is-ghost").count() == 0


def test_a_stale_drag_moves_nobody_elses_card_back(enter: Enter) -> None:
    mona, jonas = enter("facilitator", **TALL), enter("participant", **TALL)
    jot(mona, "Fought over")
    expect(card(jonas, "Fought over")).to_be_visible()
    drag(jonas, "Fought over", jonas.locator(".zone--unresolved .cards"), release=False)
    drag(mona, "Fought over", mona.locator(".zone--parking .cards"))
    expect(mona.locator(".zone--parking .card", has_text="Fought over")).to_be_visible()
    until(
        lambda: card(jonas, "Fought over").get_attribute("data-version") == "2", what="the change to arrive"
    )
    jonas.mouse.up()
    expect(jonas.locator(".toast", has_text="Somebody moved this card")).to_be_visible()
    for page in (mona, jonas):
        expect(page.locator(".zone--parking .card", has_text="Fought over")).to_be_visible()


def test_two_drags_across_each_other_end_where_they_were_put(enter: Enter) -> None:
    mona, jonas = enter("facilitator", **TALL), enter("participant", **TALL)
    jot(mona, "Mona carries")
    jot(mona, "Jonas carries")
    expect(card(jonas, "Jonas carries")).to_be_visible()
    drag(mona, "Mona carries", mona.locator(".zone--unresolved .cards"), release=False)
    grab(jonas, "Jonas carries")
    carry(jonas, card(jonas, "Mona carries"), x=0.9)
    mona.mouse.up()
    expect(jonas.locator(".zone--unresolved .card", has_text="Mona carries")).to_be_visible()
    expect(jonas.locator(".is-ghost")).to_have_count(1)
    drag_end = jonas.locator(".zone--unresolved .cards")
    carry(jonas, drag_end, y=(drag_end.bounding_box()["height"] - 6) / drag_end.bounding_box()["height"])
    jonas.mouse.up()
    expect(mona.locator(".zone--unresolved .card", has_text="Jonas carries")).to_be_visible()
    until(lambda: order(mona) == order(jonas), what="the same order at both")
    ends = order(mona)
    mona.reload()
    assert order(mona) == ends


def test_what_others_change_is_shown_while_a_card_is_in_hand(enter: Enter) -> None:
    mona, jonas = enter("facilitator", **TALL), enter("participant", **TALL)
    jot(mona, "In my hand")
    expect(card(jonas, "In my hand")).to_be_visible()
    drag(mona, "In my hand", mona.locator(".zone--parking .cards"), release=False)
    card(jonas, "In my hand").evaluate("node => node.focus()")
    jonas.keyboard.press("e")
    jonas.fill(".editor textarea", "In my hand, reworded")
    jonas.keyboard.press("Control+Enter")
    jot(jonas, "Beside it")
    expect(card(mona, "Beside it")).to_be_visible()
    expect(mona.locator(".zone--parking .card[data-held]", has_text="reworded")).to_have_count(1)
    mona.mouse.up()
    expect(jonas.locator(".zone--parking .card", has_text="reworded")).to_be_visible()


def test_a_card_deleted_by_somebody_else_leaves_the_hand_with_a_word(enter: Enter) -> None:
    mona, jonas = enter("facilitator", **TALL), enter("participant", **TALL)
    jot(jonas, "Short-lived")
    drag(mona, "Short-lived", mona.locator(".zone--parking .cards"), release=False)
    card(jonas, "Short-lived").evaluate("node => node.focus()")
    jonas.keyboard.press("Delete")
    expect(mona.locator(".card[data-gone]")).to_have_count(1)
    mona.mouse.up()
    expect(mona.locator(".toast", has_text="deleted the card")).to_be_visible()
    expect(card(mona, "Short-lived")).to_have_count(0)


def test_escape_puts_a_dragged_card_back(enter: Enter) -> None:
    mona = enter("facilitator", **TALL)
    jot(mona, "Not going")
    drag(mona, "Not going", mona.locator(".zone--parking .cards"), release=False)
    mona.keyboard.press("Escape")
    mona.mouse.up()
    expect(mona.locator(".zone--active .card", has_text="Not going")).to_be_visible()


def test_a_card_put_down_where_it_was_is_no_change(enter: Enter, server: Server) -> None:
    mona = enter("facilitator", **TALL)
    jot(mona, "Lifted only")
    before = writes(server)
    drag(mona, "Lifted only", mona.locator(".zone--parking .cards"), release=False)
    carry(mona, mona.locator(".zone--active .cards"), x=0.98, y=0.98)
    mona.mouse.up()
    expect(mona.locator(".is-ghost")).to_have_count(0)
    jot(mona, "After it")  # writes go out in order: one of the drag would have come first
    assert writes(server) == before + 1


def test_a_card_held_over_another_one_is_linked(enter: Enter) -> None:
    mona, jonas = enter("facilitator", **TALL), enter("participant", **TALL)
    jot(mona, "The proof")
    grab(mona, "The proof")
    mona.mouse.move(*middle(mona.locator("#zones .card[data-number='6']")))
    expect(mona.locator(".is-aimed[data-number='6']")).to_have_count(1)
    mona.mouse.up()
    expect(mona.locator("#link-menu button").first).to_be_focused()
    mona.click("#link-menu button[value=supports]")
    expect(card(jonas, "The proof").locator(".chip--link")).to_have_text("supports #6")
    expect(mona.locator(".zone--active .card", has_text="The proof")).to_be_visible()


def test_a_card_let_go_at_once_on_another_one_is_moved_beside_it(enter: Enter) -> None:
    mona = enter("facilitator", **TALL)
    jot(mona, "Passing by")
    grab(mona, "Passing by")
    goal = mona.locator(".zone--parking .card").first.bounding_box()
    mona.mouse.move(goal["x"] + goal["width"] / 2, goal["y"] + goal["height"] / 2)
    mona.mouse.up()
    expect(mona.locator(".zone--parking .card", has_text="Passing by")).to_be_visible()
    assert not mona.locator("#link-menu").is_visible()


def test_the_page_scrolls_while_the_pointer_rests_at_its_edge(enter: Enter) -> None:
    mona = enter("facilitator", viewport={"width": 1000, "height": 500})
    grab(mona, "What did customers see")
    mona.mouse.move(300, 496, steps=3)
    until(lambda: mona.evaluate("scrollY") > 150, what="the page to scroll")
    mona.keyboard.press("Escape")
    mona.mouse.up()
