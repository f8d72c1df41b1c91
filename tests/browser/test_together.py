"""Three people at once, one on a phone, one without a mouse; twenty tabs of one of them; the server restarts."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
LIVE = "#status[data-state=live]"
COMPOSER = ".zone--active .composer textarea"
BOARD = """() => [...document.querySelectorAll("#zones > [data-zone]")].map((zone) =>
  [...zone.querySelectorAll(".card[data-card]")].map(({ dataset: { number, version, body } }) => [number, version, body]))"""


def card(page: Page, text: str) -> Any:
    return page.locator("#zones .card[data-card]", has_text=text)


def moved_by_menu(page: Page, text: str, zone: str, press: str = "click") -> None:
    act = getattr(page, press)
    getattr(card(page, text).locator("[data-card-menu]"), press)()
    if not page.locator("#card-menu").is_visible():  # a change of somebody else came at that moment
        getattr(card(page, text).locator("[data-card-menu]"), press)()
    act("#card-menu [data-action=move]")
    page.select_option("#move-dialog [name=zone]", label=zone)
    act("#move-dialog button[value=move]")


def test_three_people_end_with_the_same_board(enter: Enter, server: Server) -> None:
    mona = enter("facilitator")
    jonas = enter("participant", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    pia = enter("admin")
    mona.fill(COMPOSER, "Mona's fact")
    mona.press(COMPOSER, "Enter")
    jonas.locator(COMPOSER).tap()
    jonas.locator(COMPOSER).fill("Jonas by thumb")
    jonas.locator(".zone--active .composer button").tap()
    pia.keyboard.press("q")
    pia.keyboard.type("Pia by keyboard?")
    pia.keyboard.press("Enter")
    everybody = (mona, jonas, pia)
    for page in everybody:
        for text in ("Mona's fact", "Jonas by thumb", "Pia by keyboard?"):
            expect(card(page, text)).to_have_count(1)
    # All three act at the same time: a move each, one card edited while another one moves it.
    moved_by_menu(jonas, "Mona's fact", "Resolved", "tap")
    moved_by_menu(mona, "Jonas by thumb", "Parking lot")
    pia.keyboard.press("Escape")
    card(pia, "Jonas by thumb").focus()
    pia.keyboard.press("e")
    pia.keyboard.press("End")
    pia.keyboard.type(", and Pia")
    pia.keyboard.press("Control+Enter")
    server.kill_everything()
    mona.fill(COMPOSER, "While it was down")
    mona.press(COMPOSER, "Enter")
    jonas.locator(COMPOSER).fill("Half a thought of Jonas")
    server.start()
    for page in everybody:
        expect(page.locator(LIVE)).to_be_visible(timeout=30_000)
        expect(card(page, "While it was down")).to_have_count(1, timeout=30_000)
        expect(card(page, "Jonas by thumb, and Pia")).to_have_count(1)
        expect(page.locator(".zone--resolved .card", has_text="Mona's fact")).to_have_count(1)
        expect(page.locator(".zone--parking .card", has_text="Jonas by thumb, and Pia")).to_have_count(1)
    expect(jonas.locator(COMPOSER)).to_have_value("Half a thought of Jonas")
    boards = [page.evaluate(BOARD) for page in everybody]
    assert boards[0] == boards[1] == boards[2]
    mona.reload()
    assert mona.evaluate(BOARD) == boards[0], "what was shown live is what the server has"


@pytest.mark.parametrize("count", [5, pytest.param(20, marks=pytest.mark.drill)])
def test_many_tabs_read_one_stream(enter: Enter, server: Server, count: int) -> None:
    first, jonas = enter("facilitator"), enter("participant")
    opened = sum("/stream/" in line for line in server.requests())
    tabs = [first.context.new_page() for _ in range(count - 1)]
    for tab in tabs:
        tab.goto(first.url, wait_until="commit")
    for tab in tabs:
        expect(tab.locator(LIVE)).to_be_visible()
    jonas.fill(COMPOSER, "For all tabs")
    jonas.press(COMPOSER, "Enter")
    for tab in (first, *tabs):
        expect(card(tab, "For all tabs")).to_have_count(1)
    assert sum("/stream/" in line for line in server.requests()) == opened
    first.close()
    jonas.fill(COMPOSER, "After the leader")
    jonas.press(COMPOSER, "Enter")
    for tab in tabs:
        expect(card(tab, "After the leader")).to_have_count(1)
    assert sum("/stream/" in line for line in server.requests()) == opened + 1


def test_offline_in_the_middle_of_a_word_loses_nothing(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    mona.locator(COMPOSER).press_sequentially("Typed bef")
    mona.context.set_offline(True)
    mona.locator(COMPOSER).press_sequentially("ore and after")
    mona.press(COMPOSER, "Enter")
    expect(mona.locator("#status")).to_contain_text("Offline · 1 waiting")
    mona.locator(COMPOSER).press_sequentially("And a second one")
    mona.press(COMPOSER, "Enter")
    expect(mona.locator("#status")).to_contain_text("2 waiting")
    mona.locator(COMPOSER).press_sequentially("A third, not sent")
    mona.context.set_offline(False)
    for page in (mona, jonas):
        expect(card(page, "Typed before and after")).to_have_count(1, timeout=30_000)
        expect(card(page, "And a second one")).to_have_count(1)
    numbers = [
        int(card(jonas, text).get_attribute("data-number")) for text in ("Typed before", "And a second")
    ]
    assert numbers == sorted(numbers)
    expect(mona.locator(COMPOSER)).to_have_value("A third, not sent")
