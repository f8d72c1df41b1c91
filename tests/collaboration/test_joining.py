"""Joining ends, on however busy a board, and costs no more memory than what a pump remembers."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from collaboration import pump as pumps
from collaboration.conf import RING_BYTES, RING_FRAMES
from collaboration.joining import join
from collaboration.pump import Pump
from collaboration.rendering import Frame
from collaboration.stream import Stream, Ticket

EPOCH = "0a1b2c3d"


class Reader:
    """Takes everything at once, and remembers it."""

    def __init__(self) -> None:
        self.text = ""

    async def __call__(self, message: Any) -> None:
        self.text += message["body"].decode()


def stream_of(since: str, reader: Reader) -> Stream:
    user = SimpleNamespace(pk=1)
    return Stream(Ticket("board-x", "p", user, "", "b", "live_board", False, since), reader)


async def busy(pump: Pump, scene: Callable[[], Any]) -> Any:
    """Another process writes more often than this one reads: there is always something outstanding."""

    async def chatter() -> None:
        while True:
            pump.hinted(pump.head + 1)
            await asyncio.sleep(0.002)

    chatting = asyncio.ensure_future(chatter())
    try:
        return await scene()
    finally:
        chatting.cancel()
        pump.close()


@pytest.fixture
def slow_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reading takes a while, and finds one event more."""

    async def read(_job: Any, _channel: str, seq: int, *_more: Any) -> list[Any]:
        await asyncio.sleep(0.01)
        return [SimpleNamespace(seq=seq + 1, actor="user:2")]

    monkeypatch.setattr(pumps, "in_thread", read)
    monkeypatch.setattr(pumps, "frame", lambda made, html: Frame(made.seq, b"id: %d\n\n" % made.seq, b""))


def join_busy(wanted: int) -> str:
    async def scene() -> str:
        pump, reader = Pump("board-x", EPOCH, 1, asyncio.get_running_loop()), Reader()
        stream = stream_of(f"{EPOCH}-{wanted}", reader)
        pump.streams.add(stream)
        await busy(pump, lambda: asyncio.wait_for(join(stream, pump), 1))
        return reader.text

    return asyncio.run(scene())


@pytest.mark.usefixtures("slow_log")
def test_who_knows_more_than_this_process_joins_as_soon_as_it_knows_that_too() -> None:
    text = join_busy(5)
    assert "reset" not in text


@pytest.mark.usefixtures("slow_log")
def test_who_knows_what_never_comes_is_reset_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pumps, "REACH_SECONDS", 0.2)
    assert '"reason":"ahead"' in join_busy(999_999)


@pytest.mark.parametrize(
    ("frames", "size", "is_reset"),
    [(RING_FRAMES, 1, False), (RING_FRAMES + 1, 1, True), (3, RING_BYTES // 2, True)],
)
def test_what_comes_while_somebody_joins_is_bounded(frames: int, size: int, is_reset: bool) -> None:
    async def scene() -> str:
        reader = Reader()
        stream = stream_of("", reader)
        for seq in range(1, frames + 1):
            stream.take([made := Frame(seq, b"x" * size, b"")], made.plain, made.plain)
        stream.joined(0)
        return reader.text

    text = asyncio.run(scene())
    assert ("event: reset" in text) is is_reset
    assert text.count("x" * size) == (0 if is_reset else frames)
    assert not is_reset or f'"head":{frames}' in text
