"""Who draws refusals of the parser is held, on a real socket."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from safeguards.http import GuardedProtocol
from safeguards.resources import gauges
from tests.safeguards.served import GET, NONSENSE, Client, echo, moment, serving, status

BIG = GET + b"X-Big: " + b"a" * 40_000 + b"\r\n\r\n"
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
            answered = [reader for reader in readers if reader._buffer]
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
