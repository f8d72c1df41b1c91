"""The breaker's rest: how long it stays open, and when it is forgiven."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeguards.kernel.circuit_breaker import CircuitBreaker
from tests.safeguards.kernel.breaker import Held, opened


def test_the_rest_doubles_with_every_trip_up_to_ten_minutes_and_peace_forgives() -> None:
    breaker, rests = Held(), []
    for _ in range(7):
        breaker.trip("loop")
        rests.append(breaker.until())
        breaker.release()
        breaker.at += 1
    assert rests == [30, 60, 120, 240, 480, 600, 600]
    breaker.at += 599
    breaker.trip("loop")
    assert breaker.until() == 30


@pytest.mark.parametrize(("quiet", "rest"), [(599.5, 60), (600, 30)])
def test_ten_minutes_after_a_trip_it_is_forgiven_and_not_before(quiet: float, rest: float) -> None:
    breaker = opened()
    breaker.release()
    breaker.at += quiet
    breaker.trip("loop")
    assert breaker.until() == rest


def test_what_fails_for_hours_rests_ten_minutes_each_time() -> None:
    breaker, rests = Held(), []
    for _ in range(9):
        breaker.trip("loop")
        rests.append(breaker.until())
        breaker.at += breaker.until()
        assert breaker.ask().allowed  # half-open: it is tried again
    assert rests[4:] == [480, 600, 600, 600, 600]


def test_what_a_person_forced_open_rests_for_no_time() -> None:
    breaker = opened()
    breaker.force_open("by hand")
    assert breaker.until() == 0


def test_the_first_trip_is_the_first_however_early_the_clock() -> None:
    at = 1.0
    breaker = CircuitBreaker(lambda: at)
    breaker.trip("loop")
    assert breaker.until() == 30


@given(st.lists(st.floats(0.8, 1.2), min_size=1, max_size=10))
def test_many_processes_do_not_return_at_once(factors: list[float]) -> None:
    breaker = Held()
    for trips, factor in enumerate(factors):
        breaker.spread = lambda factor=factor: factor
        breaker.trip("loop")
        assert breaker.until() == pytest.approx(min(600, 30 * 2**trips) * factor)
        breaker.release()


def test_a_loop_of_weeks_rests_as_long_each_time() -> None:
    breaker = Held()
    for _ in range(2000):
        breaker.trip("loop")
        rest = breaker.until()
        breaker.release()
    assert rest == 600


def test_it_counts_down_to_nothing_and_asks_for_a_second_of_patience_at_least() -> None:
    breaker = opened()
    breaker.at += 29.5
    assert (breaker.until(), breaker.ask().retry_after) == (0.5, 1)
    breaker.at += 10
    assert breaker.until() == 0


def test_nothing_is_left_to_wait_for_once_it_was_released() -> None:
    breaker = opened()
    breaker.release()
    assert breaker.until() == 0


def test_a_rule_may_say_how_long() -> None:
    breaker = Held()
    breaker.trip("recycled", 7)
    assert breaker.until() == 7
    assert not breaker.trip("again")
    breaker.at += 7
    assert breaker.ask().allowed
    assert breaker.until() == 0
