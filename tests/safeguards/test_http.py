"""The server's protocol on a real socket: caps and deadlines, beside the stock protocol that has none."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from safeguards.http import GuardedProtocol
from safeguards.middleware import CLOSE, PARK
from safeguards.resources import gauges

GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
Client = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


async def echo(scope: Any, receive: Any, send: Any) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        more = message["more_body"]
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]}
    )
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def serving(protocol: Any, app: Any) -> AsyncIterator[Client]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, http=protocol, ws="none", lifespan="off", log_level="error", access_log=False)
    )
    task = asyncio.create_task(server._serve([listener]))
    writers = []

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writers.append(writer)
        return reader, writer

    try:
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0)
        yield connect
    finally:
        for writer in writers:
            writer.transport.abort()
        server.should_exit = server.force_exit = True
        await task
        listener.close()


def talk(*parts: bytes, protocol: Any = GuardedProtocol, app: Any = echo, wait: float = 5.0) -> bytes:
    """What comes back until the server closes, or `wait` seconds have passed."""

    async def run() -> bytes:
        answer = b""
        async with serving(protocol, app) as connect:
            reader, writer = await connect()
            for part in parts:
                writer.write(part)
                await asyncio.sleep(0)  # it arrives by itself
            try:
                async with asyncio.timeout(wait):
                    while data := await reader.read(65536):
                        answer += data
            except TimeoutError:
                answer += b"<still open>"
            except ConnectionError:
                answer += b"<reset>"
        return answer

    return asyncio.run(run())


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def test_an_ordinary_request_passes() -> None:
    answer = talk(POST + b"Content-Length: 2\r\nConnection: close\r\n\r\n", b"hi")
    assert status(answer) == 200
    assert answer.endswith(b"\r\n\r\nhi")


@pytest.mark.parametrize(
    "head",
    [
        GET + b"X-Big: " + b"a" * 40_000 + b"\r\n\r\n",
        GET + b"X-Big: " + b"a" * 1_000_000 + b"\r\n\r\n",
        GET + b"X-Endless: " + b"a" * 1_000_000,
        GET + b"".join(b"X-%d: a\r\n" % number for number in range(6000)) + b"\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["40 kB", "1 MB", "never complete", "6,000 headers", "address"],
)
def test_headers_beyond_32_kib_are_431(head: bytes) -> None:
    answer = talk(head)
    assert status(answer) == 431
    assert b"too big" in answer
    assert not answer.endswith(b"<still open>")


def test_off_a_megabyte_of_headers_is_accepted() -> None:
    answer = talk(
        GET + b"Connection: close\r\nX-Big: " + b"a" * 1_000_000 + b"\r\n\r\n", protocol=HttpToolsProtocol
    )
    assert status(answer) == 200


def test_the_second_request_of_a_connection_is_held_to_the_same() -> None:
    answer = talk(GET + b"\r\n", GET + b"X-Big: " + b"a" * 300_000 + b"\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") <= 1
    assert not answer.endswith(b"<still open>")


CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
LAST = b"2\r\nhi\r\n0\r\n"


@pytest.mark.parametrize(
    "tail",
    [
        b"0\r\nX: " + b"a" * 1_000_000,
        b"0\r\n" + b"".join(b"X-%d: a\r\n" % number for number in range(100_000)),
        b"2\r\nhi\r\n0;" + b"a" * 1_000_000,
    ],
    ids=["trailer", "trailers", "extension"],
)
def test_what_follows_a_body_is_held_to_the_same(tail: bytes) -> None:
    answer = talk(CHUNKED, *(tail[at : at + 10_000] for at in range(0, len(tail), 10_000)))
    assert status(answer) == 431
    assert not answer.endswith(b"<still open>")


def test_off_a_trailer_never_ends() -> None:
    tail = [b"0\r\nX: ", *[b"a" * 10_000] * 100]
    assert talk(CHUNKED, *tail, protocol=HttpToolsProtocol, wait=1.0) == b"<still open>"


class Scale:
    """A parser that notes how much it is fed."""

    def __init__(self, parser: Any) -> None:
        self.parser, self.fed = parser, 0

    def feed_data(self, data: bytes) -> None:
        self.fed += len(data)
        self.parser.feed_data(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.parser, name)


def test_the_parser_is_fed_no_more_of_a_trailer_than_of_a_head() -> None:
    scales = list[Scale]()

    class Weighed(GuardedProtocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self.parser = Scale(self.parser)
            scales.append(self.parser)

    async def drip() -> None:
        async with serving(Weighed, echo) as connect:
            reader, writer = await connect()
            for part in (CHUNKED, b"0\r\nX: ", *[b"a" * 1000] * 200):
                writer.write(part)
                await writer.drain()
                await moment(0.001)
            await reader.read()

    asyncio.run(drip())
    assert 32_000 < scales[0].fed < 100_000


def test_an_endless_trailer_after_the_answer_ends_the_connection() -> None:
    async def hasty(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    answer = talk(CHUNKED, b"0\r\nX: ", *[b"a" * 10_000] * 100, app=hasty)
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert not answer.endswith(b"<still open>")


def test_a_trailer_says_nothing_about_the_request() -> None:
    seen: list[Any] = []

    async def look(scope: Any, receive: Any, send: Any) -> None:
        await echo(scope, receive, send)
        seen.extend(scope["headers"])

    answer = talk(
        POST
        + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        + LAST
        + b"X-Forwarded-For: 10.0.0.1\r\n\r\n",
        app=look,
    )
    assert status(answer) == 200 and answer.endswith(b"hi")
    assert b"x-forwarded-for" not in dict(seen)


@pytest.mark.parametrize("size", [1, 500, 60_000])
def test_a_body_in_chunks_may_be_longer_than_headers(size: int) -> None:
    chunks = [b"%x\r\n%b\r\n" % (size, b"a" * size)] * (120_000 // size if size > 1 else 10_000)
    whole = POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)
    answer = talk(*(whole[at : at + 8000] for at in range(0, len(whole), 8000)), b"0\r\n\r\n")
    assert status(answer) == 200
    assert answer.endswith(b"a" * size * len(chunks))


@pytest.mark.parametrize("one", [CHUNKED + LAST + b"\r\n", GET + b"\r\n"], ids=["bodies", "none"])
def test_requests_sent_ahead_are_all_answered(one: bytes) -> None:
    answer = talk(*[one] * 1500, GET + b"Connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") == 1501


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


async def moment(seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)


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
            await asyncio.sleep(0)
        over.set()

    async def until_gone(receive: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async with serving(protocol, endless) as connect:
        _reader, writer = await connect()
        writer.transport.pause_reading()  # type: ignore[attr-defined]
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
                await asyncio.sleep(0)
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


@pytest.mark.parametrize(
    "nonsense",
    [b"\x00" * 100, b"GET\r\n\r\n", b"CONNECT x:1 HTTP/1.1\r\n\r\n", POST + b"Content-Length: -1\r\n\r\n"],
)
def test_nonsense_gets_one_400_and_the_server_lives(nonsense: bytes) -> None:
    answer = talk(nonsense, wait=2.0)
    assert answer.count(b"HTTP/1.1 400") == 1


BIG = GET + b"X-Big: " + b"a" * 40_000 + b"\r\n\r\n"
NONSENSE = b"\x00" * 100
HELD = {"hold_wait_seconds": 3600}  # whoever is held stays held while a test looks
SLOW = {"header_seconds": 0.2}


def counted(name: str) -> float:
    return gauges.snapshot().get(f"{name}_total", 0.0)


async def send_each(connect: Client, data: bytes, times: int) -> list[asyncio.StreamReader]:
    readers = []
    for _ in range(times):
        reader, writer = await connect()
        writer.write(data)
        readers.append(reader)
    return readers


async def read_all(readers: list[asyncio.StreamReader]) -> list[int]:
    """Status of each that is answered and closed; 0 without an answer."""

    async def one(reader: asyncio.StreamReader) -> int:
        try:
            return status(await reader.read())
        except ConnectionError:
            return 0

    return await asyncio.gather(*map(one, readers))


async def patiently(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await moment(0.01)


@pytest.mark.parametrize(("data", "code"), [(NONSENSE, 400), (BIG, 431), (GET, 408)])
def test_who_draws_refusals_of_the_parser_is_held(settings: Any, data: bytes, code: int) -> None:
    settings.PARLEY = HELD | (SLOW if code == 408 else {})
    refused, held = counted(f"refused_http_{code}"), counted("held")

    async def run() -> list[int]:
        async with serving(GuardedProtocol, echo) as connect:
            readers = await send_each(connect, data, 120)
            await patiently(lambda: counted("held") - held == 100)
            answered = [reader for reader in readers if reader._buffer]  # type: ignore[attr-defined]
            return await read_all(answered)

    assert asyncio.run(run()) == [code] * 20
    assert counted(f"refused_http_{code}") - refused == 120


def test_off_everybody_draws_an_answer_at_once(settings: Any) -> None:
    settings.PARLEY = HELD | {"hold_refusals": 10_000}

    async def run() -> list[int]:
        async with serving(GuardedProtocol, echo) as connect:
            return await read_all(await send_each(connect, NONSENSE, 120))

    assert asyncio.run(run()) == [400] * 120


def test_of_an_address_that_is_held_each_is_answered_in_its_turn(settings: Any) -> None:
    settings.PARLEY = {"hold_wait_seconds": 0.2}

    async def run() -> list[int]:
        async with serving(GuardedProtocol, echo) as connect:
            return await read_all(await send_each(connect, NONSENSE, 30))

    assert asyncio.run(run()) == [400] * 30


def test_one_client_that_asks_as_fast_as_it_is_answered_gets_few_answers(settings: Any) -> None:
    settings.PARLEY = {"hold_refusals": 5, "hold_wait_seconds": 0.5}

    async def run() -> int:
        answers = 0
        async with serving(GuardedProtocol, echo) as connect:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    while True:
                        answers += len(await read_all(await send_each(connect, NONSENSE, 1)))
        return answers

    assert 5 <= asyncio.run(run()) <= 5 + 4


@pytest.mark.parametrize("proxies", [0, 1])
def test_others_of_an_address_that_is_held_are_served_until_it_has_no_place_left(
    settings: Any, proxies: int
) -> None:
    settings.PARLEY = HELD | {"hold_connections": 8}  # four for one key, and eight for the surplus
    settings.TRUSTED_PROXIES = proxies
    held, unread = counted("held"), counted("held_unread")
    ordinary = GET + b"Connection: close\r\n\r\n"

    async def run() -> list[list[int]]:
        async with serving(GuardedProtocol, echo) as connect:
            await send_each(connect, NONSENSE, 20 + 11)
            await patiently(lambda: counted("held") - held == 11)
            before = await read_all(await send_each(connect, ordinary, 3))
            await send_each(connect, NONSENSE, 1)
            await patiently(lambda: counted("held") - held == 12)
            return [before, await read_all(await send_each(connect, ordinary, 3))]

    # Behind a proxy everybody has its address.
    assert asyncio.run(run()) == [[200] * 3, [200 if proxies else 0] * 3]
    assert counted("held_unread") - unread == (0 if proxies else 3)


OFFER = GET + b"Connection: close, upgrade\r\nUpgrade: websocket\r\n\r\n"


@pytest.mark.parametrize(("data", "code"), [(NONSENSE, 400), (OFFER, 200)])
@pytest.mark.parametrize(("protocol", "lines"), [(GuardedProtocol, False), (HttpToolsProtocol, True)])
def test_what_a_client_sends_writes_no_line_into_the_log(
    monkeypatch: pytest.MonkeyPatch, protocol: Any, lines: bool, data: bytes, code: int
) -> None:
    told = list[str]()
    monkeypatch.setattr(logging.getLogger("uvicorn.error"), "warning", lambda *what: told.append(what[0]))
    assert status(talk(data, protocol=protocol)) == code
    assert bool(told) == lines
