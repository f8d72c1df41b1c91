"""Hundreds of connections of one key that come back as fast as they can, against a real server."""

import asyncio
import resource
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from safeguards.conf import RATES
from tests.support.server import Server

pytestmark = [pytest.mark.flow, pytest.mark.alone]
CONNECTIONS, SECONDS = 350, 4
SETTLED_SECONDS = 5  # by then the first answers are given and everybody has found the door closed
REFUSALS = 50  # a second and key, the longest that is promised
MISSING = b"GET /static/none.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
PAGE = b"GET /boards/none/ HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(autouse=True)
def descriptors() -> Iterator[None]:
    """As a server has: with 1,024 it keeps most of them for people."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def guarded() -> Iterator[Server]:
    yield from served()


@pytest.fixture
def bare() -> Iterator[Server]:
    yield from served(DJANGO_SETTINGS_MODULE="tests.support.hasty")


def served(**environment: str) -> Iterator[Server]:
    server = Server(**environment)
    try:
        yield server
    finally:
        server.stop()


class Flood:
    """What it is told, counted by status; 0 is a connection that ended without an answer."""

    def __init__(self, port: int, request: bytes) -> None:
        self.port, self.request, self.told = port, request, Counter[int]()

    async def rage(self, seconds: float) -> Counter[int]:
        end = time.monotonic() + SETTLED_SECONDS
        everybody = [asyncio.create_task(self.come_back()) for _ in range(CONNECTIONS)]
        await asyncio.sleep(end - time.monotonic())  # what comes before it has settled is not counted
        self.told.clear()
        await asyncio.sleep(seconds)  # what is told in this time is the figure
        told = Counter(self.told)
        for one in everybody:
            one.cancel()
        await asyncio.gather(*everybody, return_exceptions=True)
        return told

    async def come_back(self) -> None:
        while True:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                await self.ask(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError):
                self.told[0] += 1
            finally:
                writer.transport.abort()

    async def ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(self.request)
            head = await reader.readuntil(b"\r\n\r\n")
            self.told[int(head.split(b" ", 2)[1])] += 1
            length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
            await reader.readexactly(int(length))


def test_a_flood_from_hundreds_of_connections_draws_no_more_than_one_from_few(guarded: Server) -> None:
    told = asyncio.run(Flood(guarded.port, PAGE).rage(SECONDS))
    assert told[429]
    assert told[429] + told[0] <= REFUSALS * SECONDS


def test_who_is_cut_at_once_comes_back_at_once(bare: Server) -> None:
    told = asyncio.run(Flood(bare.port, PAGE).rage(SECONDS))
    assert told[429] + told[0] > REFUSALS * SECONDS


def test_files_that_are_missing_are_no_way_around_it(guarded: Server) -> None:
    told = asyncio.run(Flood(guarded.port, MISSING).rage(SECONDS))
    assert told[404] <= SECONDS / RATES["read"].interval + 1
    assert told[429]
    assert told[429] + told[0] <= REFUSALS * SECONDS
