"""What becomes of a held key's connections: they stay open, unread, and are closed at a bounded rate."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from safeguards import middleware, parking
from safeguards.parking import CLOSES, SURPLUS_CLOSES, Parking


class Loop:
    """Timers by hand: time passes only when it is told to."""

    def __init__(self) -> None:
        self.now, self.timers = 100.0, list[tuple[float, Callable[..., None], Any]]()

    def time(self) -> float:
        return self.now

    def call_at(self, at: float, call: Callable[..., None], *arguments: Any) -> None:
        self.timers.append((at, call, arguments))

    def pass_until(self, end: float) -> None:
        while due := sorted((timer for timer in self.timers if timer[0] <= end), key=lambda timer: timer[0]):
            self.timers.remove(due[0])
            self.now, call, arguments = due[0]
            call(*arguments)
        self.now = end


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    held = Loop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: held)
    return held


def parked(place: Parking, key: str, times: int, loop: Loop) -> list[float]:
    """When each of so many connections is closed."""
    closed = list[float]()
    for _ in range(times):
        assert place.park(key, lambda: closed.append(loop.now))
    return closed


def test_nobody_is_let_go_before_two_seconds_nor_faster_than_the_rate(loop: Loop) -> None:
    closed = parked(Parking(), "ada", 500, loop)
    loop.pass_until(101.9)
    assert not closed
    loop.pass_until(200)
    assert len(closed) == 500
    assert all(sum(at <= other < at + 1 for other in closed) <= CLOSES + 1 for at in closed)


@pytest.mark.parametrize("processes", [1, 4, 8])
def test_all_processes_together_answer_and_close_one_key_below_fifty_times_a_second(
    loop: Loop, settings: Any, processes: int
) -> None:
    settings.WORKERS, settings.PARLEY = processes, {"hold_connections": 100}
    closed = list[float]()

    def knock(place: Parking) -> None:
        def again() -> None:
            closed.append(loop.now)
            assert place.park("ada", again)

        for _ in range(150):
            assert place.park("ada", again)

    for _ in range(processes):
        knock(Parking())
    loop.pass_until(110)  # all places are taken, and whoever is let go comes back
    before = len(closed)
    loop.pass_until(170)
    closes, answers = (len(closed) - before) / 60, processes / middleware.held_wait()
    assert (round(closes), round(answers)) == (CLOSES + SURPLUS_CLOSES, 20)
    assert closes + answers <= 50


def test_who_comes_back_at_once_is_closed_no_faster(loop: Loop) -> None:
    place, closed = Parking(), list[float]()

    def again() -> None:
        closed.append(loop.now)
        place.park("ada", again)

    for _ in range(300):
        place.park("ada", again)
    loop.pass_until(160)
    assert len(closed) <= CLOSES * 60


def test_one_key_takes_half_of_the_places_and_gives_them_back(loop: Loop, settings: Any) -> None:
    settings.PARLEY = {"hold_connections": 8}
    place = Parking()
    closed = parked(place, "ada", 4, loop)
    surplus = parked(place, "ada", 8, loop)
    assert not place.park("ada", loop.time)
    parked(place, "ben", 4, loop)
    assert not place.park("cleo", loop.time)
    loop.pass_until(110)
    assert len(closed) == 4 and len(surplus) == 8
    parked(place, "ada", 4, loop)


def test_the_surplus_of_all_keys_is_closed_slower_still(loop: Loop, settings: Any) -> None:
    settings.PARLEY = {"hold_connections": 1000}
    place = Parking()
    for key in ("ada", "ben"):
        parked(place, key, 500, loop)
    surplus = [parked(place, key, 300, loop) for key in ("ada", "ben", "cleo")]
    loop.pass_until(161.9)
    assert 0 < sum(map(len, surplus)) <= SURPLUS_CLOSES * 60


def test_who_comes_back_at_once_with_more_than_has_a_place_is_closed_no_faster(
    loop: Loop, settings: Any
) -> None:
    settings.PARLEY = {"hold_connections": 200}
    place, closed, cut = Parking(), list[float](), 0

    def again() -> None:
        closed.append(loop.now)
        assert place.park("ada", again)

    for _ in range(301):
        cut += not place.park("ada", again)
    loop.pass_until(160)
    assert cut == 1
    assert len(closed) <= (CLOSES + SURPLUS_CLOSES) * 60


def test_only_a_key_that_has_all_of_its_places_and_no_surplus_left_is_not_let_in(
    loop: Loop, settings: Any
) -> None:
    settings.PARLEY = {"hold_connections": 8}
    place = Parking()
    parked(place, "ada", 11, loop)
    assert not place.overflows("ada")
    parked(place, "ada", 1, loop)
    assert place.overflows("ada")
    assert not place.overflows("ben")
    parked(place, "ben", 1, loop)
    assert not place.overflows("ben")
    loop.pass_until(102.0)
    assert not place.overflows("ada")


def test_most_descriptors_stay_free_for_people(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parking, "most_descriptors", lambda: 64)
    place = Parking()
    parked(place, "ada", 8 + 16, loop)
    assert not place.park("ada", loop.time)
    parked(place, "ben", 8, loop)
    assert not place.park("cleo", loop.time)


def test_nothing_is_remembered_of_a_key_that_has_gone(loop: Loop) -> None:
    place = Parking()
    parked(place, "ada", 3, loop)
    loop.pass_until(110)
    assert not place._keys and not place._parked and not loop.timers
