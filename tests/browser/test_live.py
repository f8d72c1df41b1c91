"""Two people, two browsers: every change of one appears at the other, and nothing polls."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server, until

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]


def say(page: Page, text: str, zone: str = "active") -> None:
    page.fill(f".zone--{zone} .composer textarea", text)
    page.press(f".zone--{zone} .composer textarea", "Enter")


def menu(page: Page, text: str, action: str) -> None:
    page.locator(".card", has_text=text).locator("[data-card-menu]").click()
    page.click(f"#card-menu [data-action={action}]")


def test_text_typed_in_one_browser_is_visible_in_the_other(enter: Enter) -> None:
    moving = {"reduced_motion": "no-preference"}
    mona = enter("facilitator", **moving)
    jonas = enter("participant", viewport={"width": 360, "height": 740}, **moving)
    say(mona, "Said by **Mona**")
    expect(jonas.locator(".card strong", has_text="Mona")).to_be_attached()
    expect(mona.locator(".card", has_text="Said by Mona")).to_have_count(1)
    say(jonas, "And by Jonas")
    expect(mona.locator(".card", has_text="And by Jonas")).to_be_visible()


def test_edit_move_delete_and_undo_travel(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    say(mona, "First wording")
    expect(jonas.locator(".card", has_text="First wording")).to_be_visible()
    menu(mona, "First wording", "edit")
    mona.fill(".editor textarea", "Second wording")
    mona.select_option(".editor [name=kind]", "claim")
    mona.click(".editor button:has-text('Save')")
    expect(jonas.locator(".card--claim", has_text="Second wording")).to_be_visible()
    menu(mona, "Second wording", "move")
    mona.select_option("#move-dialog [name=zone]", label="Parking lot")
    mona.click("#move-dialog button[value=move]")
    expect(jonas.locator(".zone--parking .card", has_text="Second wording")).to_be_visible()
    menu(mona, "Second wording", "delete")
    expect(jonas.locator(".card", has_text="Second wording")).to_have_count(0)
    mona.click("#undo-form button")
    expect(jonas.locator(".card", has_text="Second wording")).to_be_visible()


def test_the_session_clock_pauses_and_goes_on_for_everybody(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("observer")
    mona.click("button:has-text('Pause')")
    expect(jonas.locator("#session[data-status=paused]")).to_be_visible()
    stood = jonas.inner_text("parley-clock")
    mona.click("button:has-text('Resume')")
    expect(jonas.locator("#session[data-status=live]")).to_be_visible()
    expect(jonas.locator("parley-clock")).not_to_have_text(stood)


def test_what_i_am_writing_is_left_alone_and_survives_a_reload(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    say(mona, "Open for editing")
    expect(jonas.locator(".card", has_text="Open for editing")).to_be_visible()
    menu(mona, "Open for editing", "edit")
    mona.fill(".editor textarea", "My half sentence")
    mona.fill(".zone--parking .composer textarea", "A draft")
    menu(jonas, "Open for editing", "move")
    jonas.select_option("#move-dialog [name=zone]", label="Unresolved")
    jonas.click("#move-dialog button[value=move]")
    expect(mona.locator(".zone--unresolved .editor textarea")).to_have_value("My half sentence")
    mona.reload()
    expect(mona.locator(".editor textarea")).to_have_value("My half sentence")
    expect(mona.locator(".zone--parking .composer textarea")).to_have_value("A draft")


def test_a_refused_change_glides_back_with_its_reason(enter: Enter, server: Server) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    say(mona, "Deleted under your hands")
    expect(jonas.locator(".card", has_text="Deleted under")).to_be_visible()
    menu(jonas, "Deleted under", "delete")
    expect(jonas.locator(".toast")).to_contain_text("your own cards")
    expect(jonas.locator(".toast button")).to_have_text("Retry")
    expect(jonas.locator(".card", has_text="Deleted under")).to_be_visible()


def test_tabs_share_one_stream_and_another_takes_over(enter: Enter, server: Server) -> None:
    first, jonas = enter("facilitator"), enter("participant")
    opened = [line for line in server.requests() if "/stream/" in line]
    second = first.context.new_page()
    second.goto(first.url)
    expect(second.locator("#status[data-state=live]")).to_be_visible()
    assert [line for line in server.requests() if "/stream/" in line] == opened
    say(jonas, "For every tab")
    for tab in (first, second):
        expect(tab.locator(".card", has_text="For every tab")).to_have_count(1)
    first.close()
    say(jonas, "After the leader left")
    expect(second.locator(".card", has_text="After the leader left")).to_have_count(1)


def test_the_server_is_killed_and_comes_back(enter: Enter, server: Server) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    server.kill_everything()
    expect(mona.locator("#status")).not_to_have_attribute("data-state", "live")
    say(mona, "Written while the server was dead")
    expect(mona.locator("#status")).to_contain_text("1 waiting")
    server.start()
    for page in (mona, jonas):
        expect(page.locator(".card", has_text="Written while the server was dead")).to_have_count(
            1, timeout=25_000
        )
        expect(page.locator("#status[data-state=live]")).to_be_visible(timeout=25_000)


def test_a_tester_is_live_while_the_neighbour_stays_plain(enter: Enter, server: Server) -> None:
    mona, samir = enter("facilitator"), enter("tester-to-be", live=False)
    expect(samir.locator("#status[data-state=plain]")).to_be_visible()
    say(samir, "Plain but present")
    samir.wait_for_load_state()
    expect(samir.locator(".card", has_text="Plain but present")).to_be_visible()
    expect(mona.locator(".card", has_text="Plain but present")).to_be_visible()
    server.manage("rollout", "add", "live_board", "demo-tester")
    until(lambda: samir.reload() and samir.locator("#board[data-live=on]").count(), 5, "the flag")
    expect(samir.locator("#status[data-state=live]")).to_be_visible()
    server.manage("rollout", "remove", "live_board", "demo-tester")
    expect(samir.locator("#status[data-state=paused]")).to_be_visible()
    expect(mona.locator("#status[data-state=live]")).to_be_visible()


def test_without_javascript_everything_is_a_form(enter: Enter) -> None:
    mona, plain = enter("facilitator"), enter("participant", live=False, java_script_enabled=False)
    plain.fill(".zone--active .composer textarea", "No script here")
    plain.click(".zone--active .composer button")
    expect(plain.locator(".card", has_text="No script here")).to_be_visible()
    expect(mona.locator(".card", has_text="No script here")).to_be_visible()
    plain.locator(".card", has_text="No script here").locator("[data-card-menu]").click()
    plain.fill(".panel textarea[name=body]", "Edited by form")
    plain.click(".panel button:has-text('Save')")
    expect(mona.locator(".card", has_text="Edited by form")).to_be_visible()
    plain.locator(".card", has_text="Edited by form").locator("[data-card-menu]").click()
    plain.locator("summary").get_by_text("Resolved", exact=True).click()
    plain.locator(".panel details[open] button:visible").last.click()
    expect(mona.locator(".zone--resolved .card", has_text="Edited by form")).to_be_visible()
    plain.locator(".card", has_text="Edited by form").locator("[data-card-menu]").click()
    plain.click("button:has-text('Move to the trash')")
    expect(mona.locator(".card", has_text="Edited by form")).to_have_count(0)
    plain.click("a:has-text('Trash')")
    plain.locator(".row", has_text="Edited by form").locator("button").click()
    expect(mona.locator(".card", has_text="Edited by form")).to_be_visible()


@pytest.mark.idle
def test_three_idle_tabs_send_nothing_for_a_minute(enter: Enter, server: Server) -> None:
    mona = enter("facilitator")
    tabs = [mona, mona.context.new_page(), enter("participant")]
    tabs[1].goto(mona.url)
    expect(tabs[1].locator("#status[data-state=live]")).to_be_visible()
    before, end = server.requests(), time.monotonic() + 60
    until(lambda: time.monotonic() > end, 70)
    assert server.requests() == before


def test_the_clock_is_right_although_the_computers_is_not(enter: Enter) -> None:
    right, wrong = enter("observer"), enter("participant")
    wrong.add_init_script("const now = Date.now; Date.now = () => now.call(Date) + 300000;")
    wrong.reload()
    expect(wrong.locator("#status[data-state=live]")).to_be_visible()

    def seconds(page: Page) -> int:
        parts = [int(part) for part in re.findall(r"\d+", page.inner_text("parley-clock"))]
        return sum(part * 60**power for power, part in enumerate(reversed(parts)))

    assert abs(seconds(right) - seconds(wrong)) <= 2


def test_the_readmes_screenshot(enter: Enter, screenshots: Path) -> None:
    page = enter("participant", viewport={"width": 1440, "height": 900})
    screenshots.mkdir(parents=True, exist_ok=True)
    picture = page.screenshot()
    assert len(picture) > 20_000
    if not (screenshots / "board.png").exists():
        (screenshots / "board.png").write_bytes(picture)
