"""Who is slow to ask or to read is cut on a real socket, beside the stock protocol that waits for ever."""

import asyncio
import contextlib
from typing import Any

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from safeguards.http import GuardedProtocol
from safeguards.middleware import CLOSE, PARK
from tests.safeguards.served import CHUNKED, GET, LAST, POST, moment, serving, status, talk


@pytest.mark.parametrize(
    "half",
    [GET + b"X-Half: a", POST + b"Content-Length: 10\r\n\r\na", CHUNKED + LAST + b"X: a"],
    ids=["headers", "body", "trailer"],
)
def test_half_a_request_is_408_after_the_deadline(settings: Any, half: bytes) -> None:
    settings.PARLEY = {"header_seconds": 0.2, "body_seconds": 0.2}
    answer = talk(half)
    assert status(answer) == 408
    assert not answer.endswith(b"<still open>")


def test_off_half_a_request_stays_open(settings: Any) -> None:
    settings.PARLEY = {"header_seconds": 0.2, "body_seconds": 0.2}
    assert talk(GET + b"X-Half: a", protocol=HttpToolsProtocol, wait=1.0) == b"<still open>"


def test_a_connection_that_asks_nothing_is_closed_without_an_answer(settings: Any) -> None:
    settings.PARLEY = {"header_seconds": 0.2}
    assert talk() in {b"", b"<reset>"}


def test_empty_lines_do_not_keep_a_connection(settings: Any) -> None:
    settings.PARLEY = {"header_seconds": 0.2}
    assert status(talk(b"\r\n\r\n")) == 408


def test_a_long_answer_has_no_deadline(settings: Any) -> None:
    settings.PARLEY = {"header_seconds": 0.1, "body_seconds": 0.1, "write_seconds": 0.1}

    async def stream(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(5):
            await send({"type": "http.response.body", "body": b"tick", "more_body": True})
            await moment(0.1)
        await send({"type": "http.response.body", "body": b"end"})

    answer = talk(GET + b"Connection: close\r\n\r\n", app=stream)
    assert answer.count(b"tick") == 5
    assert b"end" in answer


async def silent_reader(protocol: Any) -> bool:
    """Whether a client that never reads is cut, judged from the application's side."""
    over = asyncio.Event()

    async def endless(scope: Any, receive: Any, send: Any) -> None:
        gone = asyncio.create_task(until_gone(receive))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not gone.done():
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
            await asyncio.sleep(0)  # so that it hears of whoever is gone
        over.set()

    async def until_gone(receive: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async with serving(protocol, endless) as connect:
        _reader, writer = await connect()
        writer.transport.pause_reading()
        writer.write(GET + b"\r\n")
        try:
            async with asyncio.timeout(3):
                await over.wait()
        except TimeoutError:
            return False
    return True


def test_who_never_reads_is_cut(settings: Any) -> None:
    settings.PARLEY = {"write_seconds": 0.2}
    assert asyncio.run(silent_reader(GuardedProtocol))


def test_off_who_never_reads_holds_the_memory_for_ever(settings: Any) -> None:
    settings.PARLEY = {"write_seconds": 0.2}
    assert not asyncio.run(silent_reader(HttpToolsProtocol))


def test_the_guard_can_end_a_connection_without_an_answer() -> None:
    async def cut(scope: Any, receive: Any, send: Any) -> None:
        scope["extensions"][CLOSE]()
        while (await receive())["type"] != "http.disconnect":
            pass

    assert talk(GET + b"\r\n", app=cut) in {b"", b"<reset>"}


def test_the_guard_can_leave_a_connection_unread_without_a_task(caplog: pytest.LogCaptureFixture) -> None:
    ends = list[Any]()

    async def park(scope: Any, receive: Any, send: Any) -> None:
        scope["extensions"][PARK]()
        ends.append(scope["extensions"][CLOSE])

    async def run() -> tuple[int, int]:
        async with serving(GuardedProtocol, park) as connect:
            reader, writer = await connect()
            writer.write((GET + b"\r\n") * 3)  # the others are sent ahead
            while not ends:
                await asyncio.sleep(0)  # the loop's turn
            writer.write(b"a" * 20_000_000)
            await moment(0.2)
            unread = writer.transport.get_write_buffer_size()
            with contextlib.suppress(ConnectionError):
                ends[0]()
                assert await reader.read() == b""
            return unread, len(asyncio.all_tasks())

    unread, tasks = asyncio.run(run())
    assert unread > 1_000_000
    assert len(ends) == 1
    assert tasks == 2  # this one and the server's
    assert not caplog.records
