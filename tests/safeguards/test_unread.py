"""Many ask for something large and do not read it: what they hold together is bounded, and others are served."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest
import uvloop

from safeguards import http
from safeguards.http import GuardedProtocol
from safeguards.middleware import Guard
from safeguards.resources import gauges
from safeguards.unread import Unread
from tests.safeguards.conftest import Clock
from tests.safeguards.served import GET, serving

PAGE = 3_000_000  # bytes
SILENT = 12
MOST = 12_000_000
LOOPS = pytest.mark.parametrize(
    "loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)


async def page(scope: Any, receive: Any, send: Any) -> None:
    """In two pieces: of the second one, the server's transport knows nothing while the first is not read."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x" * (PAGE // 3), "more_body": True})
    await send({"type": "http.response.body", "body": b"x" * (PAGE // 3 * 2)})


class LittleKept(GuardedProtocol):
    """The system of the tests keeps little for a connection: what is unread is the server's to keep."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)


class Noting(Unread):
    """Keeps who came, and the most that was held after anything did."""

    def __init__(self) -> None:
        super().__init__()
        self.most, self.who = 0, set[int]()

    def wait(self, whose: Any, size: Callable[[], int], cut: Callable[[], None]) -> None:
        super().wait(whose, size, cut)
        self.who.add(id(whose))
        self.most = max(self.most, sum(waiting.size() for waiting in self._waiting.values()))


async def silent(address: Any, path: bytes = b"/") -> socket.socket:
    """Asks for the page and reads nothing of it."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, address)
    await asyncio.get_running_loop().sock_sendall(sock, b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path)
    return sock


async def flooded(noting: Noting) -> int:
    """How many bytes somebody gets who reads, after all the others have come."""
    async with serving(LittleKept, Guard(page)) as connect:
        reader, writer = await connect()
        with contextlib.ExitStack() as socks:
            for _ in range(SILENT):
                socks.enter_context(await silent(writer.get_extra_info("peername")))
            await until(lambda: len(noting.who) == SILENT)
            writer.write(GET + b"Connection: close\r\n\r\n")
            async with asyncio.timeout(10):
                got = len(await reader.read(-1))
        await until(lambda: not noting.bytes and not len(noting))  # all are gone
        return got


async def until(seen: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not seen():
            await asyncio.sleep(0)  # the loop's turn


@pytest.fixture
def noting(monkeypatch: pytest.MonkeyPatch) -> Noting:
    made = Noting()
    monkeypatch.setattr(http, "unread", lambda: made)
    return made


def cuts() -> float:
    return gauges.snapshot().get("unread_cut_total", 0.0)


@LOOPS
def test_what_nobody_reads_is_bounded_and_who_reads_is_served(
    settings: Any, noting: Noting, loop: Any
) -> None:
    settings.PARLEY, before = {"unread_bytes": MOST, "queue_per_address": 100}, cuts()
    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(flooded(noting)) > PAGE
    assert PAGE < noting.most <= MOST
    assert 0 < cuts() - before < SILENT


@LOOPS
def test_off_it_grows_with_each_who_comes(settings: Any, noting: Noting, loop: Any) -> None:
    settings.PARLEY, before = {"unread_bytes": 1 << 40, "queue_per_address": 100}, cuts()
    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(flooded(noting)) > PAGE
    assert noting.most > MOST * 1.5
    assert cuts() == before


@pytest.mark.parametrize(("path", "counted"), [(b"/boards/x/", 1), (b"/boards/x/stream/", 0)])
def test_streams_have_bounds_of_their_own(noting: Noting, path: bytes, counted: int) -> None:
    stuck = []

    class Stuck(LittleKept):
        def pause_writing(self) -> None:
            super().pause_writing()
            stuck.append(self)

    async def run() -> int:
        async with serving(Stuck, Guard(page)) as connect:
            _reader, writer = await connect()
            with await silent(writer.get_extra_info("peername"), path):
                await until(lambda: bool(stuck))
                return len(noting.who)

    assert asyncio.run(run()) == counted


class Readers:
    """Who hold so many bytes each, and who of them were cut."""

    def __init__(self, *sizes: int) -> None:
        self.sizes, self.cut = list(sizes), list[int]()
        self.clock = Clock()
        self.unread = Unread(self.clock.monotonic)

    def come(self) -> None:
        for number in range(len(self.sizes)):
            self.grow(number)

    def grow(self, number: int) -> None:
        self.unread.wait(number, lambda: self.sizes[number], lambda: self.cut.append(number))


def test_who_has_waited_longest_goes_first_and_as_few_as_are_needed(settings: Any) -> None:
    settings.PARLEY = {"unread_bytes": 10}
    readers = Readers(4, 4, 2, 4)
    readers.come()
    assert (readers.cut, readers.unread.bytes) == ([0], 10)
    readers.sizes[1] = 5
    readers.grow(1)  # keeps its turn
    assert (readers.cut, readers.unread.bytes) == ([0, 1], 6)


def test_what_was_read_meanwhile_costs_nobody_the_answer(settings: Any) -> None:
    settings.PARLEY = {"unread_bytes": 10}
    readers = Readers(6, 4)
    readers.come()
    readers.sizes = [1, 4, 5]
    readers.grow(2)
    assert (readers.cut, readers.unread.bytes) == ([], 10)


def test_who_reads_to_the_end_or_goes_is_counted_no_more(settings: Any) -> None:
    settings.PARLEY = {"unread_bytes": 10}
    readers = Readers(6, 4)
    readers.come()
    for _twice in range(2):
        readers.unread.leave(0)
    assert (readers.unread.bytes, len(readers.unread), gauges.value("unread_bytes")) == (4, 1, 4)


def test_one_answer_may_be_larger_than_the_bound(settings: Any) -> None:
    settings.PARLEY = {"unread_bytes": 10}
    readers = Readers(3, 30)
    readers.come()
    assert (readers.cut, readers.unread.bytes) == ([0], 30)


def test_it_is_said_once_a_minute(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.PARLEY = {"unread_bytes": 10}
    readers = Readers(*[6] * 30)
    with caplog.at_level(logging.WARNING):
        for number in range(30):
            readers.grow(number)
            readers.clock.forward(59 / 30)
        assert (len(readers.cut), len(caplog.records)) == (29, 1)
        readers.clock.forward(60)
        readers.grow(0)
    assert len(caplog.records) == 2
