"""A process that says goodbye to its streams gives nobody a new one, which would only be cut."""

import asyncio
from typing import Any

import pytest
import uvicorn

from board import server, streams
from board.views import health
from tests.board.test_stream_answers import knock


class Listening:
    """What uvicorn holds of a socket that it listens on."""

    def __init__(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False


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
        worker = server.Server(uvicorn.Config(lambda: None), heart=-1)
        worker.servers = [listening]  # only what is closed
        worker._beating = asyncio.ensure_future(asyncio.Event().wait())
        await worker.shutdown()

    asyncio.run(leave())
    assert seen == [("deploy", False), "the rest"]


def test_it_is_not_ready_either(monkeypatch: pytest.MonkeyPatch, rf: Any) -> None:
    monkeypatch.setattr(health, "is_leaving", lambda: True)
    assert health.readyz(rf.get("/readyz")).status_code == 503
