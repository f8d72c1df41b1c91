"""Two people, two browsers: they see each other, and nobody sees more than they should."""

import time
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.support.server import Server, until

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]


def avatars(page: Page) -> Locator:
    return page.locator("#here li")


def avatar(page: Page, name: str) -> Locator:
    return page.locator(f"#here button[aria-label^='{name}']")


def card(page: Page, number: int = 9) -> Locator:
    return page.locator(f"#zones [data-number='{number}']")


def point(page: Page, target: Locator, x: float, y: float) -> None:
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box
    page.mouse.move(box["x"] + x * box["width"] - 3, box["y"] + y * box["height"] - 3)
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=3)


def test_who_comes_is_seen_and_who_leaves_is_not_any_more(enter: Enter) -> None:
    mona = enter("facilitator")
    expect(avatars(mona)).to_have_count(1)
    jonas = enter("participant")
    expect(avatar(mona, "Jonas Tamm")).to_be_visible()
    expect(avatar(jonas, "Mona Okafor")).to_be_visible()
    expect(avatar(jonas, "Jonas Tamm (you)")).to_be_visible()
    jonas.close()
    expect(avatars(mona)).to_have_count(1, timeout=10_000)


def test_typing_editing_and_the_card_somebody_is_on_are_shown(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    jonas.locator(".zone--active .composer textarea").press_sequentially("Half a thou")
    expect(mona.locator(".sign", has_text="Jonas Tamm is typing…")).to_be_visible()
    jonas.press(".zone--active .composer textarea", "Enter")
    expect(mona.locator(".card", has_text="Half a thou")).to_be_visible()
    expect(mona.locator(".sign", has_text="is typing")).to_have_count(0)
    card(jonas).locator("[data-card-menu]").click()
    expect(avatar(mona, "Jonas Tamm, on #9")).to_be_visible()
    jonas.click("#card-menu [data-action=edit]")
    expect(mona.locator(".sign", has_text="Jonas Tamm is editing")).to_be_visible()
    jonas.keyboard.press("Escape")
    expect(mona.locator(".sign", has_text="is editing")).to_have_count(0)


def test_a_cursor_is_at_the_same_spot_of_the_same_card_in_another_layout(enter: Enter) -> None:
    mona = enter("facilitator", viewport={"width": 1500, "height": 900})
    jonas = enter("participant", viewport={"width": 820, "height": 1100})
    point(jonas, card(jonas), 0.75, 0.5)
    cursor = mona.locator(".cursor", has_text="Jonas Tamm")
    expect(cursor).to_be_visible()

    def is_there() -> bool:
        spot, box = cursor.bounding_box(), card(mona).bounding_box()
        assert spot and box
        at = ((spot["x"] - box["x"]) / box["width"], (spot["y"] - box["y"]) / box["height"])
        return abs(at[0] - 0.75) < 0.02 and abs(at[1] - 0.5) < 0.04

    until(lambda: mona.wait_for_timeout(20) or is_there(), what="the cursor is at its spot")
    mona.set_viewport_size({"width": 900, "height": 700})
    until(lambda: mona.wait_for_timeout(20) or is_there(), what="also after the layout changed")
    expect(cursor).to_have_count(0, timeout=8000)


def test_the_cursors_of_others_can_be_hidden_and_stay_so(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    mona.click("[data-hide-cursors]")
    mona.reload()
    expect(mona.locator("[data-hide-cursors][aria-pressed=true]")).to_be_visible()
    expect(avatar(mona, "Jonas Tamm")).to_be_visible()
    point(jonas, card(jonas), 0.5, 0.5)
    card(jonas).click()
    expect(avatar(mona, "Jonas Tamm, on #9")).to_be_visible()
    assert mona.locator(".cursor").count() == 0
    mona.click("[data-hide-cursors]")
    point(jonas, card(jonas), 0.4, 0.5)
    expect(mona.locator(".cursor")).to_be_visible()


def test_three_tabs_are_one_avatar_and_a_reload_does_not_flicker(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    for _tab in range(2):
        tab = jonas.context.new_page()
        tab.goto(jonas.url)
        expect(avatars(tab)).to_have_count(2)
    expect(avatars(mona)).to_have_count(2)
    mona.evaluate("""() => {
        window.counts = [];
        new MutationObserver(() => window.counts.push(document.querySelectorAll("#here li").length))
            .observe(document.querySelector("#here ul"), { childList: true });
    }""")
    for tab in jonas.context.pages:
        tab.reload()
        expect(tab.locator("#status[data-state=live]")).to_be_visible()
    mona.wait_for_timeout(7000)  # longer than the grace: what is counted is what happened in it
    assert mona.evaluate("window.counts") == []


def test_an_observer_sees_and_is_not_announced(enter: Enter, server: Server) -> None:
    mona, aiko = enter("facilitator"), enter("observer")
    expect(avatars(aiko)).to_have_count(1)
    before = len([line for line in server.requests() if "/pulse/" in line])
    point(aiko, card(aiko), 0.5, 0.5)
    card(aiko).click()
    point(mona, card(mona), 0.5, 0.5)
    expect(aiko.locator(".cursor", has_text="Mona Okafor")).to_be_visible()
    expect(avatars(mona)).to_have_count(1)
    senders = [line for line in server.requests() if "/pulse/" in line]
    assert len(senders) > before
    assert aiko.evaluate("document.getElementById('here').dataset.shares") == "off"


def test_who_hides_is_seen_by_nobody(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    expect(avatars(mona)).to_have_count(2)
    settings = jonas.context.new_page()
    settings.goto("/account/")
    settings.uncheck("[name=shows_presence]")
    settings.click("button:has-text('Save')")
    expect(avatars(mona)).to_have_count(1, timeout=8000)
    expect(avatars(jonas)).to_have_count(1)
    settings.check("[name=shows_presence]")
    settings.click("button:has-text('Save')")
    expect(avatars(mona)).to_have_count(2, timeout=8000)


def test_following_scrolls_along_until_i_act_and_keeps_my_draft_and_dialog(enter: Enter) -> None:
    mona = enter("facilitator", viewport={"width": 1200, "height": 420}, reduced_motion="no-preference")
    jonas = enter("participant")
    mona.fill(".zone--active .composer textarea", "My draft")
    expect(avatar(mona, "Jonas Tamm")).to_be_visible()
    avatar(mona, "Jonas Tamm").click()
    expect(mona.locator("#following")).to_contain_text("Following Jonas Tamm")
    mona.evaluate("document.getElementById('move-dialog').showModal()")
    for number in (12, 5):
        card(jonas, number).click()
        expect(card(mona, number)).to_be_in_viewport()
    assert mona.locator("#move-dialog[open]").count() == 1
    expect(mona.locator(".zone--active .composer textarea")).to_have_value("My draft")
    mona.keyboard.press("Escape")
    expect(mona.locator("#following")).to_be_hidden()
    avatar(mona, "Jonas Tamm").click()
    mona.mouse.wheel(0, 10)
    expect(mona.locator("#following")).to_be_hidden()
    expect(avatar(mona, "Jonas Tamm")).to_have_attribute("aria-pressed", "false")


@pytest.mark.alone
def test_a_still_page_sends_no_pulse_and_ten_a_second_are_the_most(enter: Enter, server: Server) -> None:
    mona = enter("facilitator")
    sent: list[str] = []
    mona.on("request", lambda request: sent.append(request.url) if "/pulse/" in request.url else None)
    mona.wait_for_timeout(1500)
    assert sent == []
    box = card(mona).bounding_box()
    assert box
    began = time.monotonic()
    for step in range(200):
        mona.mouse.move(box["x"] + step, box["y"] + 20)
        mona.wait_for_timeout(10)
    moved, seconds = len(sent), time.monotonic() - began
    assert 5 <= moved <= 10 * seconds + 2  # of 200 movements, however long they took here
    assert moved < 150
    mona.wait_for_timeout(1500)
    assert len(sent) <= moved + 1


def test_without_the_flag_there_is_nothing_of_it(enter: Enter, server: Server) -> None:
    server.manage("rollout", "add", "live_board", "demo-tester")
    mona = enter("facilitator")
    samir = enter("tester-to-be", live=False)
    until(lambda: samir.reload() and samir.locator("#board[data-live=on]").count(), 5, "the flag")
    expect(samir.locator("#status[data-state=live]")).to_be_visible()
    point(mona, card(mona), 0.5, 0.5)
    point(samir, card(samir), 0.5, 0.5)
    samir.wait_for_timeout(1500)
    assert samir.locator("#here, .cursor, .sign").count() == 0
    assert avatar(mona, "Samir Haddad").count() == 0
    expect(avatars(mona)).to_have_count(1, timeout=10_000)  # who was here before is gone after five seconds
    server.manage("rollout", "remove", "live_board", "demo-tester")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_axe_finds_nothing_while_everybody_is_here(enter: Enter, scheme: str, width: int) -> None:
    options = {
        "viewport": {"width": width, "height": 800},
        "color_scheme": scheme,
        "reduced_motion": "reduce",
    }
    mona = enter("facilitator", **options, bypass_csp=True)  # axe itself is an injected script
    jonas, pia = enter("participant"), enter("admin")
    expect(avatars(mona)).to_have_count(3)
    jonas.locator(".zone--active .composer textarea").press_sequentially("Half a thou")
    card(pia).click()
    point(pia, card(pia), 0.9, 0.5)
    expect(mona.locator(".cursor")).to_have_count(1)
    expect(mona.locator(".sign")).to_have_count(2)
    assert mona.locator(".cursor").evaluate("node => getComputedStyle(node).transitionDuration") == "0s"
    avatar(mona, "Jonas Tamm").click()
    expect(mona.locator("#following")).to_be_visible()
    assert [fault["id"] for fault in Axe().run(mona).response["violations"]] == []
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert mona.evaluate(wide) is False


def test_who_has_a_card_open_and_replies_is_shown_on_that_card(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    card(jonas).locator(".card__no").click()
    expect(jonas.locator("#drawer")).to_be_visible()
    jonas.locator("#drawer [data-reply-composer] textarea").press_sequentially("I think")
    expect(mona.locator(".sign--card", has_text="Jonas Tamm is typing…")).to_be_visible()
    expect(avatar(mona, "Jonas Tamm, on #9")).to_be_visible()
