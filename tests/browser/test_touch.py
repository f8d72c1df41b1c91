"""Cards dragged with a finger: a long press lifts, a swipe scrolls."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.board import middle
from tests.support.server import until

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
TALL = {"viewport": {"width": 1400, "height": 2400}}
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


class Finger:
    """One finger on the screen, as the browser itself would report it."""

    def __init__(self, page: Page) -> None:
        self.page, self.session = page, page.context.new_cdp_session(page)

    def send(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def move(self, start: tuple[float, float], end: tuple[float, float], steps: int = 10) -> None:
        for step in range(1, steps + 1):
            part = step / steps
            self.send(
                "touchMove",
                (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part),
            )


def test_a_long_press_drags_with_a_finger(enter: Enter) -> None:
    mona, jonas = enter("facilitator", **PHONE), enter("participant", **TALL)
    first, second = (mona.locator(".zone--active .card").nth(at) for at in (0, 1))
    number = first.get_attribute("data-number")
    first.evaluate('card => card.scrollIntoView({block: "center"})')
    finger, start, goal = Finger(mona), middle(first.locator(".card__body")), second.bounding_box()
    finger.send("touchStart", start)
    expect(mona.locator(".is-ghost")).to_have_count(1)
    scrolled = mona.evaluate("scrollY")
    end = (start[0], goal["y"] + goal["height"] - 4)
    finger.move(start, end)
    expect(mona.locator(".zone--active .card").nth(1)).to_have_attribute("data-number", number or "")
    assert mona.evaluate("scrollY") == scrolled
    finger.send("touchEnd")
    expect(jonas.locator(".zone--active .card").nth(1)).to_have_attribute("data-number", number or "")
    expect(mona.locator(".is-ghost")).to_have_count(0)


def test_a_finger_reaches_another_zone_over_its_tab(enter: Enter) -> None:
    mona, jonas = enter("facilitator", **PHONE), enter("participant", **TALL)
    first = mona.locator(".zone--active .card").first
    number = first.get_attribute("data-number")
    finger, start = Finger(mona), middle(first.locator(".card__body"))
    finger.send("touchStart", start)
    expect(mona.locator(".is-ghost")).to_have_count(1)
    tab = middle(mona.locator("#zone-tabs a", has_text="Parking"))
    finger.move(start, tab)
    expect(mona.locator(".zone--parking")).to_be_visible()
    finger.move(tab, (180, 400))
    expect(mona.locator(".zone--parking .card[data-held]")).to_have_count(1)
    finger.send("touchEnd")
    expect(jonas.locator(f".zone--parking .card[data-number='{number}']")).to_be_visible()


def test_a_swipe_scrolls_and_lifts_nothing(enter: Enter) -> None:
    mona = enter("facilitator", **PHONE)
    finger, start = Finger(mona), middle(mona.locator(".zone--active .card").nth(2))
    finger.send("touchStart", start)
    finger.move(start, (start[0], start[1] - 250))
    finger.send("touchEnd")
    until(lambda: mona.evaluate("scrollY") > 50, what="the page to scroll")
    assert mona.locator(".is-ghost, [data-held]").count() == 0
