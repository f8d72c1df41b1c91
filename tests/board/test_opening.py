"""Boards are opened one at a time, with a rest after each: however many come back, the processor is never full."""

import asyncio
import time
from typing import Any

import pytest

from board import opening
from safeguards import conf

TOOK = 0.01


async def together(count: int, keys: int = 1_000_000) -> tuple[list[tuple[float, float]], int]:
    """When each began and ended, and how many were told to come back later."""
    times: list[tuple[float, float]] = []

    def look_up() -> None:
        began = time.monotonic()
        time.sleep(TOOK)  # what is looked up takes its time
        times.append((began, time.monotonic()))

    async def come(number: int) -> int:
        try:
            await opening.in_turn(f"user:{number % keys}", look_up)
        except opening.TooMany:
            return 1
        return 0

    turned_away = await asyncio.gather(*(come(number) for number in range(count)))
    return times, sum(turned_away)


def test_each_waits_until_the_one_before_has_rested() -> None:
    times, turned_away = asyncio.run(together(6))
    assert (len(times), turned_away) == (6, 0)
    for (began, ended), (next_began, _next_ended) in zip(times, times[1:], strict=False):
        assert next_began - ended >= (ended - began) * conf.number("open_rest") * 0.9


def test_without_a_rest_they_follow_at_once(settings: Any) -> None:
    settings.PARLEY = {"open_rest": 0}
    times, _turned_away = asyncio.run(together(6))
    gaps = [later[0] - earlier[1] for earlier, later in zip(times, times[1:], strict=False)]
    assert min(gaps) < TOOK * conf.NUMBERS["open_rest"] * 0.9


def test_more_than_can_wait_are_told_to_come_back(settings: Any) -> None:
    settings.PARLEY = {"open_queue": 3}
    times, turned_away = asyncio.run(together(10))
    assert (len(times), turned_away) == (4, 6)


def test_one_who_comes_often_waits_behind_themselves(settings: Any) -> None:
    settings.PARLEY = {"queue_per_key": 2}
    times, turned_away = asyncio.run(together(10, keys=1))
    assert turned_away == 10 - len(times) > 0


def test_what_fails_makes_room_too() -> None:
    async def fail_twice() -> None:
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await opening.in_turn("user:1", lambda: 1 // 0)

    asyncio.run(asyncio.wait_for(fail_twice(), 5))


def test_in_load_tests_all_come_at_once(settings: Any) -> None:
    settings.LIMITS, settings.PARLEY = "wide", {"open_queue": 3, "queue_per_key": 2}
    times, turned_away = asyncio.run(together(40, keys=1))
    assert (len(times), turned_away) == (40, 0)
