"""How a stream ends whose reader takes nothing: with its connection, not behind what waits in it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from collaboration import hub as hubs
from collaboration.hub import hub
from collaboration.pump import Pump
from collaboration.rendering import Frame
from collaboration.stream import Ticket
from collaboration.streams import serve
from safeguards.kernel.mailbox import BYTES
from tests.safeguards.asgi import until
from tests.support.cast import Cast

FRAME = b"x" * (BYTES // 2)


class Deaf:
    """A connection that takes the head of the answer and no byte of its body until it is closed, as uvicorn's does."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()
        self.reads = False
        self.sent: list[bytes] = []

    async def receive(self) -> Any:
        await self.closed.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.body" and not self.reads:
            await self.closed.wait()
        self.sent.append(message.get("body", b""))


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Iterator[asyncio.Runner]:
    monkeypatch.setattr(hubs, "_hub", None)
    with asyncio.Runner() as made:
        yield made
        made.run(_closed())


async def _closed() -> None:
    await hub().close()


async def opened(cast: Cast, reader: Deaf) -> asyncio.Task[None]:
    ticket = Ticket(
        cast.board.channel, str(cast.owner.uid), cast.owner, "session:", "browser", "live_board", False, ""
    )
    hub().pumps[ticket.channel] = Pump(ticket.channel, "0a1b2c3d", 0, hub().loop)
    joined: list[bool] = []
    task = asyncio.ensure_future(serve(ticket, reader.receive, reader.send, joined.append, reader.closed.set))
    await until(lambda: joined)
    return task


def test_a_reader_that_takes_nothing_is_closed_at_once_when_its_mailbox_is_full(
    cast: Cast, runner: asyncio.Runner
) -> None:
    async def scene() -> tuple[bool, int]:
        reader = Deaf()
        task = await opened(cast, reader)
        (stream,) = hub().streams
        for seq in range(1, 5):
            stream.take([Frame(seq, b"", b"")], FRAME, FRAME)
        await until(task.done)
        return reader.closed.is_set(), len(hub().streams)

    assert runner.run(scene()) == (True, 0)


def test_one_that_reads_gets_the_last_word_and_the_server_closes_nothing(
    cast: Cast, runner: asyncio.Runner
) -> None:
    async def scene() -> tuple[bool, bytes]:
        reader = Deaf()
        reader.reads = True
        task = await opened(cast, reader)
        (stream,) = hub().streams
        stream.bye("killed", None)
        await until(task.done)
        return reader.closed.is_set(), b"".join(reader.sent)

    closed, sent = runner.run(scene())
    assert not closed and sent.endswith(b'event: bye\ndata: {"reason":"killed","retry_ms":null}\n\n')
