"""What a tester's streams never do, seen where it happens: a mailbox that overflows, a browser that opens another."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from collaboration import bus
from collaboration import hub as hubs
from collaboration.hub import hub
from collaboration.pump import Pump
from collaboration.rendering import Frame
from collaboration.replacements import SPARE, WINDOW_SECONDS, Place
from collaboration.stream import Stream, Ticket
from collaboration.streams import serve
from safeguards import flags
from safeguards.asked import Asked
from safeguards.causes import causes
from safeguards.identity import browser_key, make_who
from safeguards.kernel.mailbox import BYTES, FRAMES
from safeguards.models import AuditEntry
from safeguards.rollout import contracts
from tests.safeguards.asgi import scope_of, until
from tests.support.cast import Cast
from tests.support.clock import Clock

pytestmark = pytest.mark.usefixtures("tested")
BROWSER = "browser-owner-000"


def ticket_of(cast: Cast, name: str = "owner", browser: str = BROWSER, board: str = "") -> Ticket:
    user = cast.named(name)
    board = board or cast.board.channel
    return Ticket(
        board, str(user.uid), user, "", browser, "live_board", False, "", key=f"user:{user.pk}", shown=True
    )


def found(cast: Cast) -> list[str]:
    contracts.flush()
    flags.refresh()
    blamed = [*AuditEntry.objects.filter(action="rollout.rollback").values_list("actor", flat=True)]
    assert flags.is_on("live_board", cast.observer.pk)
    assert flags.is_on("live_board", cast.owner.pk) is not bool(blamed)
    return blamed


async def never(_message: Any) -> None:
    await asyncio.Event().wait()


def hand_over(cast: Cast, frames: int, size: int = 1, name: str = "owner") -> bool:
    """To a reader who never reads; whether the stream was cut."""

    async def scene() -> bool:
        stream = Stream(ticket_of(cast, name), never)
        stream.joined(0)
        for seq in range(1, frames + 1):
            stream.take([Frame(seq, b"", b"")], b"x" * size, b"x" * size)
        cut = stream.mailbox.ended.is_set()
        stream.mailbox.cut()
        return cut

    return asyncio.run(scene())


def test_a_mailbox_that_is_full_breaks_nothing(cast: Cast) -> None:
    assert not hand_over(cast, 1 + FRAMES)  # one is on its way
    assert found(cast) == []


@pytest.mark.parametrize(("frames", "size"), [(2 + FRAMES, 1), (3, BYTES)])
def test_one_frame_more_is_cut_and_costs_the_test(cast: Cast, frames: int, size: int) -> None:
    assert hand_over(cast, frames, size)
    assert not flags.is_on("live_board", cast.owner.pk)  # here at once
    assert found(cast) == ["auto:mailbox"]


def test_whoever_tests_nothing_is_cut_alone(cast: Cast) -> None:
    assert hand_over(cast, 2 + FRAMES, name="participant")
    assert found(cast) == []


class Tab:
    """A stream that is really served, until its reader leaves."""

    def __init__(self, ticket: Ticket) -> None:
        self.said: list[bool] = []
        self.left = asyncio.Event()
        self.task = asyncio.ensure_future(serve(ticket, self._receive, self._send, self.said.append))

    async def _receive(self) -> Any:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, _message: Any) -> None:
        return


class Browsers:
    """Of one process with a hub of its own, on a clock held by hand."""

    def __init__(self, runner: asyncio.Runner, cast: Cast) -> None:
        self.runner, self.cast, self.clock, self.tabs = runner, cast, Clock(), list[Tab]()
        runner.run(self._begin())

    async def _begin(self) -> None:
        hub().replacements.now = self.clock

    def open(self, ticket: Ticket, *, leaves_first: bool = False) -> None:
        """`leaves_first`: the one that was open before is closed, and the server hears of it."""

        async def scene() -> None:
            if leaves_first and self.tabs:
                await self._leave(self.tabs[-1])
            if ticket.channel not in hub().pumps:  # a new one would ask the database in another thread
                hub().pumps[ticket.channel] = Pump(ticket.channel, "0a1b2c3d", 0, hub().loop)
            self.tabs.append(Tab(ticket))
            await until(lambda: self.tabs[-1].said)
            assert self.tabs[-1].said == [True]

        self.runner.run(scene())

    def end(self) -> None:
        async def scene() -> None:
            for tab in self.tabs:
                await self._leave(tab)
            await hub().close()

        self.runner.run(scene())

    async def _leave(self, tab: Tab) -> None:
        tab.left.set()
        await tab.task


@pytest.fixture
def browsers(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browsers]:
    monkeypatch.setattr(hubs, "_hub", None)
    with asyncio.Runner() as runner:
        made = Browsers(runner, cast)
        yield made
        made.end()


def load(cast: Cast, path: str = "/boards/x/") -> None:
    """Typed, clicked or loaded again: not by a script."""
    pk = cast.owner.pk
    cookie = f"sessionid=k; who={make_who(pk, 'k')}; browser={BROWSER}"
    causes.attempt(Asked(scope_of(path, cookie=cookie, sec_fetch_dest="document")))


def test_a_page_that_mounts_itself_again_and_again_is_found(cast: Cast, browsers: Browsers) -> None:
    load(cast)
    for number in range(1, 2 + SPARE + 2):
        assert flags.is_on("live_board", cast.owner.pk), number
        browsers.open(ticket_of(cast))
    assert not flags.is_on("live_board", cast.owner.pk)
    assert found(cast) == ["auto:double-stream"]
    told = AuditEntry.objects.get(action="rollout.rollback")
    assert browser_key(BROWSER) in json.dumps(told.after) + told.reason


def test_whoever_loads_the_page_again_ten_times_is_not_blamed_though_no_end_was_heard(
    cast: Cast, browsers: Browsers
) -> None:
    for _ in range(10):
        load(cast)
        browsers.open(ticket_of(cast))
    assert found(cast) == []


def test_streams_whose_end_was_heard_replace_none(cast: Cast, browsers: Browsers) -> None:
    for _ in range(10):
        browsers.open(ticket_of(cast), leaves_first=True)
    assert found(cast) == []


def test_a_network_that_comes_and_goes_is_nobodys_fault(cast: Cast, browsers: Browsers) -> None:
    for _ in range(10):
        browsers.open(replace(ticket_of(cast), again=True))
    assert found(cast) == []


def test_tabs_that_take_over_from_one_another_are_spared(cast: Cast, browsers: Browsers) -> None:
    """A leader that is killed, so that its end is heard late; the next one had heard nothing yet."""
    for _ in range(1 + SPARE):
        browsers.open(ticket_of(cast))
    browsers.clock.pass_(WINDOW_SECONDS + 1)
    for _ in range(SPARE):
        browsers.open(ticket_of(cast))
    assert found(cast) == []


def test_another_browser_board_or_person_replaces_nothing(cast: Cast, browsers: Browsers) -> None:
    own = ticket_of(cast)
    for number in range(SPARE + 2):
        browsers.open(replace(own, browser=f"browser-number-{number}"))
        browsers.open(replace(own, browser=""))  # a program: each of its streams is its own
    browsers.open(replace(own, channel="board:another"))
    browsers.open(ticket_of(cast, "observer"))
    assert found(cast) == []


def test_whoever_tests_nothing_is_replaced_and_not_blamed(cast: Cast, browsers: Browsers) -> None:
    for _ in range(2 * SPARE):
        browsers.open(ticket_of(cast, "participant"))
    assert found(cast) == []


def heard_of(place: Place, at: float) -> list[str]:
    """Another process opened a stream there; what those of this one were told."""
    (here,) = [hubs.current_hub()]
    assert here is not None
    said = {"type": "began", "browsers": [place.browser], "place": list(place), "at": at, "again": False}
    here._heard(said)
    return [stream.goodbye for stream in here.streams]


def test_a_stream_that_another_process_opened_later_replaces_the_one_of_this_browser_and_board(
    cast: Cast, browsers: Browsers
) -> None:
    ticket = ticket_of(cast)
    place = Place(ticket.person, browser_key(ticket.browser), ticket.channel)
    browsers.open(ticket)
    (stream,) = hubs.current_hub().streams
    assert heard_of(place, stream.opened_at - 1) == [""]  # it is the older one, and hears of this one
    for other in (place._replace(browser="b"), place._replace(channel="board:b"), place._replace(person="p")):
        assert heard_of(other, stream.opened_at + 1) == [""]
    assert heard_of(place, stream.opened_at + 1) == ["replaced"]
    assert found(cast) == []


def test_a_page_that_mounts_itself_again_and_again_in_another_process_is_found(
    cast: Cast, browsers: Browsers
) -> None:
    load(cast)
    ticket = ticket_of(cast)
    place = Place(ticket.person, browser_key(ticket.browser), ticket.channel)
    for number in range(2 + SPARE):
        browsers.open(ticket)
        heard_of(place, time.time() + number + 1)
    assert not flags.is_on("live_board", cast.owner.pk)


def test_what_one_process_opens_the_others_hear(
    cast: Cast, browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = list[dict[str, Any]]()
    monkeypatch.setattr(bus, "share", lambda kind, channel, **said: told.append({"type": kind, **said}))
    ticket = ticket_of(cast)
    browsers.open(ticket)
    (began,) = [said for said in told if said["type"] == "began"]
    assert began["place"] == [ticket.person, browser_key(ticket.browser), ticket.channel]
    assert json.loads(json.dumps(began)) == began
