"""A process that says goodbye to its streams gives nobody a new one, which would only be cut."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvicorn

from board import server, server_daphne, streams
from board.views import health
from collaboration import streams as collaboration_streams
from collaboration.streams import is_leaving
from tests.board.test_stream_answers import knock


class Listening:
    """What uvicorn holds of a socket that it listens on."""

    def __init__(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False
        self.closed_while_leaving = is_leaving()


class Busy:
    """A loop that does not come to what it is given."""

    def create_task(self, farewell: Coroutine[Any, Any, None]) -> None:
        farewell.close()

    def call_soon_threadsafe(self, *given: Any) -> None:
        pass


@pytest.fixture(autouse=True)
def it_stays_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collaboration_streams, "_leaving", [False])


def worker() -> server.Server:
    return server.Server(uvicorn.Config(lambda: None), heart=-1)


@pytest.mark.parametrize("leaving", [True, False])
def test_over_an_open_connection_it_says_no_before_it_asks_the_database(
    monkeypatch: pytest.MonkeyPatch, leaving: bool
) -> None:
    monkeypatch.setattr(streams, "is_leaving", lambda: leaving)
    status, headers, asked = knock(monkeypatch, "")
    assert (status == 503, asked == 0) == (leaving, leaving)
    assert ("retry-after" in headers) is leaving


def test_it_listens_no_more_when_it_says_goodbye(monkeypatch: pytest.MonkeyPatch) -> None:
    listening, seen = Listening(), []

    async def drain(reason: str) -> None:
        seen.append((reason, listening.is_open))

    async def rest(self: Any, sockets: Any = None) -> None:
        seen.append("the rest")

    monkeypatch.setattr(server, "drain", drain)
    monkeypatch.setattr(uvicorn.Server, "shutdown", rest)

    async def leave() -> None:
        one = worker()
        one.servers = [listening]  # only what is closed
        one._beating = asyncio.ensure_future(asyncio.Event().wait())
        await one.shutdown()

    asyncio.run(leave())
    assert seen == [("deploy", False), "the rest"]
    assert listening.closed_while_leaving


@pytest.mark.parametrize(
    "told",
    [
        lambda: worker().leave("overload"),
        lambda: worker().handle_exit(signal.SIGTERM, None),
        lambda: on_daphne(server_daphne.Worker.leave),
        lambda: on_daphne(server_daphne.Worker._leave_soon),
    ],
)
def test_it_is_not_ready_from_when_it_is_told_to_leave_and_healthy_to_the_end(
    rf: Any, db: None, told: Callable[[], None]
) -> None:
    before = health.readyz(rf.get("/readyz")).status_code
    told()  # without a stream, too: nothing has been drained, nor closed
    assert (before, health.readyz(rf.get("/readyz")).status_code) == (200, 503)
    assert health.healthz(rf.get("/healthz")).status_code == 200


def on_daphne(leave: Callable[[server_daphne.Worker], None]) -> None:
    place: Any = None  # asked for nothing here
    one = server_daphne.Worker(place)
    busy: Any = Busy()
    one.loop = busy
    leave(one)
