"""What the server leaves out and what it refuses: said in words, shown when somebody asks, and nothing is lost."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.board import card
from tests.support.server import until

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
# The page's stream with a hand in it: `say(frame)` puts one in, `leaveOut` takes the html out of each change.
HAND = r"""
window.leaveOut = false;
const real = window.fetch;
window.fetch = async (url, options) => {
  const answer = await real(url, options);
  if (!String(url).includes("/stream/") || answer.status !== 200) return answer;
  const [reader, text, bytes] = [answer.body.getReader(), new TextDecoder(), new TextEncoder()];
  let rest = "";
  const pass = (frame) => {
    if (!window.leaveOut || !frame.includes("event: change")) return frame;
    return frame.replace(/^data: (.*)$/m, (_, data) => `data: ${JSON.stringify({ ...JSON.parse(data), html: undefined })}`);
  };
  const body = new ReadableStream({
    start(out) {
      window.say = (frame) => out.enqueue(bytes.encode(`${frame}\n\n`));
    },
    async pull(out) {
      const { done, value } = await reader.read();
      if (done) return out.close();
      const frames = (rest + text.decode(value, { stream: true })).split("\n\n");
      rest = frames.pop();
      for (const frame of frames) out.enqueue(bytes.encode(`${pass(frame)}\n\n`));
      return undefined;
    },
  });
  return new Response(body, { status: 200, headers: answer.headers });
};
"""


@pytest.fixture
def hold(enter: Enter) -> Callable[..., Page]:
    """`hold("participant")`: that person's board, with its stream in the test's hand."""

    def open_board(who: str, **options: Any) -> Page:
        page = enter(who, used=False, **options)
        page.context.add_init_script(HAND)
        page.reload()
        expect(page.locator("#status[data-state=live]")).to_be_visible()
        return page

    return open_board


def say(page: Page, text: str, zone: str = "active") -> None:
    page.fill(f".zone--{zone} .composer textarea", text)
    page.press(f".zone--{zone} .composer textarea", "Enter")


def notice(page: Page, level: int, **more: Any) -> None:
    data = json.dumps({"level": level, "reason": "", "until": None, **more})
    page.evaluate("frame => say(frame)", f"event: notice\ndata: {data}")


def leave_out(page: Page, wanted: bool = True) -> None:
    notice(page, 3 if wanted else 0)
    page.evaluate("wanted => { leaveOut = wanted }", wanted)


def menu(page: Page, text: str, action: str) -> None:
    page.locator(".card", has_text=text).locator("[data-card-menu]").click()
    page.click(f"#card-menu [data-action={action}]")


def asked(page: Page) -> list[str]:
    """What the page asks for from now on; where its own person points is told by them, not by an event."""
    seen: list[str] = []
    page.on("request", lambda request: "/pulse/" in request.url or seen.append(request.url))
    return seen


def cause(request: Request) -> str:
    return request.all_headers()["x-cause"]


def is_wide_enough(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("width", [360, 1440])
def test_what_is_left_out_is_said_in_words_until_it_is_over(hold: Callable[..., Page], width: int) -> None:
    page = hold("participant", viewport={"width": width, "height": 740}, color_scheme="dark")
    status = page.locator("#status[role=status]")
    for level, words in ((1, "more slowly"), (2, "cursors and typing"), (3, "when you ask"), (4, "pause")):
        notice(page, level)
        expect(status).to_contain_text(words)
        expect(status).to_have_attribute("data-state", "live")
        expect(status).to_be_in_viewport(ratio=1)
        assert is_wide_enough(page)
    notice(page, 0)
    expect(status).to_have_text("Live")
    soon = datetime.now(UTC) + timedelta(seconds=4)
    notice(page, 2, until=soon.isoformat())
    expect(status).to_contain_text("cursors and typing")
    expect(status).to_have_text("Live", timeout=8000)


def test_another_tab_says_it_too_and_a_new_stream_starts_afresh(hold: Callable[..., Page]) -> None:
    first = hold("participant")
    notice(first, 2)
    second = first.context.new_page()
    second.goto(first.url)
    expect(second.locator("#status")).to_contain_text("cursors and typing")
    expect(first.locator("#status")).to_contain_text("cursors and typing")
    first.close()  # its stream ends with it; the other tab's own says nothing of a level
    expect(second.locator("#status")).to_have_text("Live", timeout=10_000)


def test_an_own_limit_is_named_until_it_is_over(hold: Callable[..., Page]) -> None:
    page = hold("participant")
    notice(page, 0, limit="pulse", retry_after=0.1)
    toast = page.locator("#toasts .toast", has_text="Others see your cursor again at")
    expect(toast).to_have_count(1)
    assert re.search(r"again at \d+:\d\d:\d\d", toast.inner_text())
    expect(page.locator("#status")).to_have_text("Live")
    expect(toast).to_have_count(0, timeout=8000)
    notice(page, 0, limit="something-new", retry_after=0.1)
    expect(page.locator("#toasts .toast", has_text="too much at once")).to_have_count(1)


@pytest.mark.parametrize("width", [360, 1440])
def test_changes_without_html_wait_for_one_press(enter: Enter, hold: Callable[..., Page], width: int) -> None:
    mona, jonas = enter("facilitator"), hold("participant", viewport={"width": width, "height": 740})
    say(mona, f"Known before {width}")
    expect(card(jonas, f"Known before {width}")).to_be_attached()
    leave_out(jonas)
    requests, show = asked(jonas), jonas.locator("#unshown")
    expect(show).to_be_hidden()
    for n in (1, 2, 3):
        say(mona, f"Left out {n} of {width}")
        expect(show).to_have_text(f"{n} change{'s' * (n > 1)} · Show")
    expect(show).to_be_in_viewport(ratio=1)
    assert is_wide_enough(jonas)
    assert jonas.locator(".card", has_text=re.compile(f"Left out . of {width}")).count() == 0
    leave_out(jonas, False)
    expect(jonas.locator("#status")).to_have_text("Live")
    expect(show).to_have_text("3 changes · Show")
    menu(mona, f"Known before {width}", "edit")
    mona.fill(".editor textarea", f"Applied as usual {width}")
    mona.click(".editor button:has-text('Save')")
    expect(card(jonas, f"Applied as usual {width}")).to_be_attached()
    expect(show).to_have_text("3 changes · Show")
    jonas.evaluate("document.getElementById('unshown').click()")  # a script is nobody
    assert requests == []
    show.click()
    for n in (1, 2, 3):
        expect(card(jonas, f"Left out {n} of {width}")).to_have_count(1)
    expect(show).to_be_hidden()
    say(mona, f"And on {width}")
    expect(card(jonas, f"And on {width}")).to_have_count(1)
    assert requests == [jonas.url]


def test_own_changes_that_are_shown_need_no_press(enter: Enter, hold: Callable[..., Page]) -> None:
    mona, jonas = enter("facilitator"), hold("participant")
    say(jonas, "Mine to change")
    expect(card(jonas, "Mine to change")).to_be_visible()
    leave_out(jonas)
    show = jonas.locator("#unshown")
    for words in ("Changed once", "Changed twice"):  # the second knows the first: no conflict
        jonas.locator(".editor").wait_for(state="detached")
        jonas.locator(".card", has_text=re.compile("Mine|Changed")).locator("[data-card-menu]").click()
        jonas.click("#card-menu [data-action=edit]")
        jonas.fill(".editor textarea", words)
        jonas.click(".editor button:has-text('Save')")
        expect(card(mona, words)).to_be_visible()
    menu(jonas, "Changed twice", "move")
    jonas.select_option("#move-dialog [name=zone]", label="Parking lot")
    jonas.click("#move-dialog button[value=move]")
    expect(mona.locator(".zone--parking .card", has_text="Changed twice")).to_be_visible()
    expect(jonas.locator(".zone--parking .card:not([data-moving])", has_text="Changed twice")).to_be_visible()
    expect(show).to_be_hidden()
    menu(jonas, "Changed twice", "delete")
    expect(card(mona, "Changed twice")).to_have_count(0)
    expect(jonas.locator(".card", has_text="Changed twice")).to_have_count(0)
    expect(show).to_be_hidden()
    say(jonas, "Not quite there")
    expect(card(mona, "Not quite there")).to_be_visible()
    expect(show).to_have_text("1 change · Show")
    expect(jonas.locator(".card.is-own", has_text="Not quite there")).to_have_count(1)
    show.click()
    expect(card(jonas, "Not quite there")).to_have_count(1)
    expect(jonas.locator(".card", has_text="Not quite there")).to_have_count(1)


def test_it_is_the_same_after_a_reset(enter: Enter, hold: Callable[..., Page]) -> None:
    mona, jonas = enter("facilitator"), hold("participant")
    leave_out(jonas)
    show, requests = jonas.locator("#unshown"), asked(jonas)
    say(mona, "Left out before the reset")
    expect(show).to_have_text("1 change · Show")
    jonas.evaluate("""say('event: reset\\ndata: {"head": 0, "reason": "test"}')""")
    expect(card(jonas, "Left out before the reset")).to_have_count(1)
    expect(show).to_be_hidden()
    say(mona, "Left out after the reset")
    expect(show).to_have_text("1 change · Show")
    assert requests == [jonas.url]
    show.click()
    expect(card(jonas, "Left out after the reset")).to_have_count(1)
    expect(show).to_be_hidden()
    assert requests == [jonas.url] * 2


def test_when_show_fails_it_can_be_pressed_again(enter: Enter, hold: Callable[..., Page]) -> None:
    mona, jonas = enter("facilitator"), hold("participant")
    leave_out(jonas)
    show = jonas.locator("#unshown")
    say(mona, "Shown the second time")
    expect(show).to_have_text("1 change · Show")
    requests = asked(jonas)
    jonas.route(jonas.url, lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}), times=1)
    show.focus()
    jonas.keyboard.press("Enter")
    expect(jonas.locator(".toast", has_text="could not be loaded")).to_be_visible()
    expect(show).to_have_text("1 change · Show")
    expect(show).to_be_focused()
    leave_out(jonas, False)
    say(mona, "Not held back by it")
    expect(card(jonas, "Not held back by it")).to_have_count(1)
    assert requests == [jonas.url]
    jonas.keyboard.press("Enter")
    expect(card(jonas, "Shown the second time")).to_have_count(1)
    expect(show).to_be_hidden()
    assert jonas.evaluate("document.activeElement.id") == "content"


def test_one_press_shows_it_in_every_tab(enter: Enter, hold: Callable[..., Page]) -> None:
    mona, first = enter("facilitator"), hold("participant")
    second = first.context.new_page()
    second.goto(first.url)
    expect(second.locator("#status[data-state=live]")).to_be_visible()
    leave_out(first)
    say(mona, "For both tabs")
    for tab in (first, second):
        expect(tab.locator("#unshown")).to_have_text("1 change · Show")
    requests = asked(first)
    second.click("#unshown")
    for tab in (first, second):
        expect(card(tab, "For both tabs")).to_have_count(1)
        expect(tab.locator("#unshown")).to_be_hidden()
    assert requests == []


@pytest.mark.parametrize(
    ("status", "limit", "words"),
    [(429, '"write";r=0;t=2', "Too many changes at once"), (503, "", "The server is busy")],
)
def test_a_write_that_came_too_soon_is_kept_and_goes_out_when_the_server_said(
    enter: Enter, hold: Callable[..., Page], status: int, limit: str, words: str
) -> None:
    mona, jonas = enter("facilitator"), hold("participant")
    causes: list[str] = []
    jonas.on("request", lambda request: request.url.endswith("/cards/") and causes.append(cause(request)))

    def refuse(route: Route) -> None:
        body = json.dumps({"type": "x", "status": status, "detail": "Told by the server."})
        route.fulfill(status=status, headers={"Retry-After": "2", "RateLimit": limit}, body=body)

    jonas.route("**/cards/", refuse, times=1)
    text = f"Kept through a {status}"
    say(jonas, text)
    expect(jonas.locator(".toast", has_text=words)).to_have_text(
        re.compile(r"What you wrote is kept.* at \d+:")
    )
    expect(jonas.locator(".toast button:visible")).to_have_count(0)
    expect(jonas.locator(".card.is-own", has_text=text)).to_be_visible()
    expect(jonas.locator("#status")).to_contain_text("1 waiting")
    assert len(causes) == 1
    expect(card(mona, text)).to_be_visible(timeout=8000)
    expect(card(jonas, text)).to_have_count(1)
    expect(jonas.locator("#status")).to_have_text("Live")
    until(lambda: jonas.title() and len(causes) == 2, 5, "the second attempt")
    assert causes[0] == causes[1]


def test_what_waits_for_a_limit_survives_a_reload(enter: Enter, hold: Callable[..., Page]) -> None:
    mona, jonas = enter("facilitator"), hold("participant")
    jonas.route("**/cards/", lambda route: route.fulfill(status=429, headers={"Retry-After": "600"}), times=1)
    say(jonas, "Still here after a reload")
    expect(jonas.locator("#status")).to_contain_text("1 waiting")
    jonas.reload()
    expect(card(mona, "Still here after a reload")).to_have_count(1)
    expect(card(jonas, "Still here after a reload")).to_have_count(1)
