"""The server's protocol on a real socket: caps, beside the stock protocol that has none."""

import asyncio
import logging
from typing import Any

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from safeguards.http import GuardedProtocol
from tests.safeguards.served import CHUNKED, GET, LAST, NONSENSE, POST, echo, moment, serving, status, talk


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
    "nonsense",
    [b"\x00" * 100, b"GET\r\n\r\n", b"CONNECT x:1 HTTP/1.1\r\n\r\n", POST + b"Content-Length: -1\r\n\r\n"],
)
def test_nonsense_gets_one_400_and_the_server_lives(nonsense: bytes) -> None:
    answer = talk(nonsense, wait=2.0)
    assert answer.count(b"HTTP/1.1 400") == 1


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
