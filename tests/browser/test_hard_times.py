"""The flag page, tabs nobody looks at, replies that are lost, and a computer that slept."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.server import Server, until

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
HIDE = """() => {
  Object.defineProperty(document, "visibilityState", { get: () => "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
NO_LOCKS = "delete Navigator.prototype.locks"
NOTHING_USUAL = "from safeguards.rollout import baselines; baselines.keep({})"
ANY = re.compile(".*")


def say(page: Page, text: str, zone: str = "active") -> None:
    page.fill(f".zone--{zone} .composer textarea", text)
    page.press(f".zone--{zone} .composer textarea", "Enter")


def is_live(page: Page) -> None:
    expect(page.locator("#status[data-state=live]")).to_be_visible()


def shows(page: Page, text: str) -> None:
    expect(page.locator(".card", has_text=text)).to_have_count(1)


def streams(server: Server) -> int:
    return sum("/stream/" in line for line in server.requests())


def last_done(admin: Page, what: str, why: str) -> None:
    """The newest audit line: when, who, what, before, after, and the reason."""
    cells = admin.locator("#audit tbody tr").first.locator("td")
    expect(cells).to_have_text([re.compile(r"\d{4}"), "demo-admin", f"rollout.{what}", ANY, ANY, why])


def posts(server: Server) -> int:
    return sum("POST" in line and "/cards/ " in line for line in server.requests())


def another_tab(page: Page) -> Page:
    tab = page.context.new_page()
    tab.goto(page.url)
    is_live(tab)
    return tab


def test_a_hidden_tab_and_a_second_one_share_one_stream(enter: Enter, server: Server) -> None:
    hidden, jonas = enter("facilitator"), enter("participant")
    before = streams(server)
    hidden.evaluate(HIDE)
    seen = another_tab(hidden)
    say(jonas, "For eyes and for none")
    for tab in (hidden, seen):
        shows(tab, "For eyes and for none")
    assert streams(server) == before


def test_without_web_locks_the_visible_tab_is_live(enter: Enter, server: Server) -> None:
    first, jonas = enter("facilitator", used=False), enter("participant")
    first.context.add_init_script(NO_LOCKS)
    first.reload()
    is_live(first)
    assert first.evaluate("navigator.locks === undefined")
    first.evaluate(HIDE)
    second, before = another_tab(first), streams(server)
    say(jonas, "Without locks")
    shows(second, "Without locks")
    shows(first, "Without locks")
    assert streams(server) == before


def test_a_lost_reply_leaves_one_card(enter: Enter, server: Server) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    answered: list[int] = []

    def lose(route: Route) -> None:
        answered.append(route.fetch().status)
        route.abort()

    before = posts(server)
    mona.route("**/cards/", lose, times=1)
    say(mona, "Its reply was lost")
    until(lambda: mona.title() and posts(server) == before + 2, 10, "the second attempt")
    assert answered[0] < 300
    shows(jonas, "Its reply was lost")
    shows(mona, "Its reply was lost")
    is_live(mona)
    mona.reload()
    shows(mona, "Its reply was lost")


def test_a_computer_that_slept_keeps_the_draft_and_gets_what_it_missed(enter: Enter) -> None:
    mona, jonas = enter("facilitator", used=False), enter("participant")
    mona.clock.install()
    mona.reload()
    is_live(mona)
    draft = mona.locator(".zone--active .composer textarea")
    draft.press_sequentially("Half a sen")
    mona.context.set_offline(True)
    mona.clock.fast_forward("10:00")
    expect(mona.locator("#status")).not_to_have_attribute("data-state", "live")
    say(jonas, "Said while Mona slept")
    shows(jonas, "Said while Mona slept")
    expect(mona.locator(".card", has_text="Said while Mona slept")).to_have_count(0)
    mona.context.set_offline(False)
    draft.press_sequentially("tence")
    shows(mona, "Said while Mona slept")
    is_live(mona)
    expect(draft).to_have_value("Half a sentence")


@pytest.fixture
def only_mona_and_jonas(server: Server) -> Iterator[None]:
    """The demo admin and observer are taken off the list, and nothing is usual; afterwards it is as it was."""
    off = [("rollout", "remove", "live_board", name) for name in ("demo-admin", "demo-observer")]
    server.manage_each(*off, ("shell", "-v0", "-c", NOTHING_USUAL))
    yield
    names = ("demo-facilitator", "demo-participant", "demo-observer", "demo-admin")
    server.manage_each(*(("rollout", "add", "live_board", name) for name in names))


@pytest.mark.usefixtures("only_mona_and_jonas")
def test_an_admin_gives_the_live_board_to_one_tester_and_takes_it_back(enter: Enter, server: Server) -> None:
    admin, samir, aiko = (enter(who, live=False) for who in ("admin", "tester-to-be", "observer"))
    for page in (samir, aiko):
        expect(page.locator("#status[data-state=plain]")).to_be_visible()
    admin.goto("/admin/safeguards/flag/")
    admin.get_by_role("link", name="live_board").click()
    expect(admin.locator("#who")).to_contain_text("On for 2 named testers; nobody else.")
    admin.click(".select2-selection")
    admin.fill(".select2-search__field", "demo-tes")
    admin.get_by_role("option", name="demo-tester").click()
    admin.get_by_placeholder("Why", exact=True).fill("Samir tries it")
    admin.get_by_label("They agreed to test").check()
    admin.get_by_role("button", name="Add", exact=True).click()
    expect(admin.locator("#who")).to_contain_text("On for 3 named testers; nobody else.")
    last_done(admin, "add", "Samir tries it")
    until(lambda: samir.reload() and samir.locator("#board[data-live=on]").count(), 5, "the flag")
    is_live(samir)
    aiko.reload()
    expect(aiko.locator("#status[data-state=plain]")).to_be_visible()
    admin.get_by_role("button", name="Switch off now").click()
    expect(admin.locator("#who")).to_contain_text("Off: nobody has it.")
    last_done(admin, "off", "")
    expect(samir.locator("#status")).to_have_attribute("data-state", "paused")
