"""The breaker: when it opens, by itself and by hand, and that threads change it one after the other."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeguards.kernel.circuit_breaker import CircuitBreaker, State
from safeguards.kernel.decision import YES
from tests.safeguards.kernel.breaker import Held, call


def test_it_begins_closed_and_has_nothing_to_say() -> None:
    breaker = Held()
    assert (breaker.state, breaker.reason, breaker.until()) == (State.CLOSED, "", 0)


def test_five_calls_of_which_half_fail_open_it() -> None:
    breaker = Held()
    for good in (False, False, True, True):
        call(breaker, good)
    assert breaker.state is State.CLOSED
    call(breaker, False)
    assert breaker.state is State.OPEN
    refusal = breaker.ask()
    assert (refusal.allowed, refusal.reason, refusal.retry_after) == (False, "failing", 30)
    assert not breaker.attempt("a").allowed


def test_four_failures_or_fewer_than_half_are_not_enough() -> None:
    few, rare = Held(), Held()
    for _ in range(4):
        call(few, False)
    for number in range(40):
        call(rare, number % 3 != 0)
    assert few.state is rare.state is State.CLOSED


def test_failures_longer_than_ten_seconds_ago_are_forgotten() -> None:
    breaker = Held()
    for _ in range(4):
        call(breaker, False)
    breaker.at += 10
    call(breaker, False)
    assert breaker.state is State.CLOSED
    for _ in range(4):
        call(breaker, False)
    assert breaker.state is State.OPEN


def test_failures_less_than_ten_seconds_ago_are_not() -> None:
    breaker = Held()
    for _ in range(4):
        call(breaker, False)
    breaker.at += 9
    call(breaker, False)
    assert breaker.state is State.OPEN


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), max_size=60))
def test_it_opens_exactly_when_half_of_five_calls_in_ten_seconds_failed(
    calls: list[tuple[bool, int]],
) -> None:
    breaker, made = Held(), list[tuple[float, bool]]()
    for good, gap in calls:
        breaker.at += gap
        call(breaker, good)
        made.append((breaker.at, good))
        window = [fine for at, fine in made if at > breaker.at - 10]
        opens = not good and len(window) >= 5 and window.count(False) * 2 >= len(window)
        assert breaker.state is (State.OPEN if opens else State.CLOSED)
        if opens:
            return


def test_calls_that_never_answer_count_as_made() -> None:
    breaker = Held()
    for _ in range(6):
        breaker.attempt("hangs")
    for _ in range(3):
        call(breaker, False)
    assert breaker.state is State.CLOSED  # three failures of nine
    for _ in range(3):
        call(breaker, False)
    assert breaker.state is State.OPEN


def test_by_hand_it_stays_as_it_was_put() -> None:
    forced, disabled = Held(), Held()
    forced.force_open("maintenance")
    disabled.disable()
    for breaker in (forced, disabled):
        breaker.at += 10_000
        assert not breaker.trip("loop")
        breaker.failed("a")
        breaker.succeeded("a")
        breaker.refused("a")
    assert not forced.ask().allowed
    assert forced.ask().reason == "maintenance"
    assert [call(disabled, False) for _ in range(20)] == [True] * 20
    assert (forced.state, disabled.state, disabled.reason) == (State.FORCED_OPEN, State.DISABLED, "")
    forced.release()
    assert forced.ask().allowed


def test_two_that_trip_it_at_once_open_it_once() -> None:
    breaker, answers, both = Held(), list[bool](), threading.Barrier(2)

    def now() -> float:
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(0.1)  # two who look at the clock together would both see it closed
        return 1000.0

    breaker.now = now
    threads = [threading.Thread(target=lambda: answers.append(breaker.trip("loop"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, True]


def waits(breaker: CircuitBreaker, act: Callable[[CircuitBreaker], Any]) -> bool:
    """Whether this can not go on while another thread holds the lock."""
    thread = threading.Thread(target=act, args=[breaker])
    with breaker._lock:
        thread.start()
        thread.join(0.05)
        waiting = thread.is_alive()
    thread.join()
    return waiting


@pytest.mark.parametrize(
    "act",
    [
        lambda breaker: breaker.ask(),
        lambda breaker: breaker.succeeded("a"),
        lambda breaker: breaker.failed("a"),
        lambda breaker: breaker.refused("a"),
        lambda breaker: breaker.trip("loop"),
        lambda breaker: breaker.force_open("maintenance"),
        lambda breaker: breaker.disable(),
        lambda breaker: breaker.release(),
        lambda breaker: breaker.until(),
    ],
)
def test_everybody_waits_while_somebody_changes_it(act: Callable[[CircuitBreaker], Any]) -> None:
    assert waits(Held(), act)


def test_nothing_changes_between_the_question_and_the_count() -> None:
    breaker = Held()
    breaker.ask = lambda: YES  # which waits by itself
    assert waits(breaker, lambda breaker: breaker.attempt("a"))


def test_its_states_are_called_as_people_read_them() -> None:
    assert [*State] == ["closed", "open", "half-open", "forced-open", "disabled"]
