"""The breaker: when it opens, for how long, and how it finds its way back."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeguards.kernel.circuit_breaker import CircuitBreaker, State
from safeguards.kernel.decision import YES


class Held(CircuitBreaker):
    def __init__(self, **more: float) -> None:
        self.at = 1000.0
        super().__init__(lambda: self.at, **more)  # type: ignore[arg-type]


def call(breaker: Held, good: bool, key: str = "a") -> bool:
    if not breaker.attempt(key).allowed:
        return False
    (breaker.succeeded if good else breaker.failed)(key)
    return True


def opened() -> Held:
    breaker = Held()
    assert breaker.trip("loop")
    return breaker


def half_open() -> Held:
    breaker = opened()
    breaker.at += 30
    assert breaker.ask().allowed
    assert breaker.state is State.HALF_OPEN
    return breaker


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
        breaker.spread = lambda factor=factor: factor  # type: ignore[misc]
        breaker.trip("loop")
        assert breaker.until() == pytest.approx(min(600, 30 * 2**trips) * factor)
        breaker.release()


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


def test_half_open_lets_five_of_one_key_in_and_nobody_else() -> None:
    breaker = half_open()
    assert breaker.attempt("a").allowed
    refusal = breaker.attempt("b")
    assert (refusal.allowed, refusal.reason, refusal.retry_after) == (False, "loop", 30)
    breaker.at += 29.5
    assert breaker.attempt("b").retry_after == 1
    assert [breaker.attempt("a").allowed for _ in range(5)] == [True] * 4 + [False]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.floats(0, 2)), max_size=30))
def test_while_half_open_at_most_five_of_the_first_key_are_let_in(
    steps: list[tuple[str, bool, float]],
) -> None:
    breaker, admitted = half_open(), list[str]()
    ends = breaker.at + 30
    for key, answers, seconds in steps:
        breaker.at = min(breaker.at + seconds, ends - 0.1)
        if breaker.attempt(key).allowed:
            admitted.append(key)
            if answers:
                breaker.succeeded(key)
    asked = [key for key, _answers, _seconds in steps]
    assert admitted == asked[:1] * min(5, asked.count(asked[0]) if asked else 0)


def test_five_good_ones_and_thirty_clean_seconds_close_it() -> None:
    breaker = half_open()
    for _ in range(5):
        call(breaker, True)
    breaker.at += 29
    assert breaker.ask().allowed
    assert breaker.state is State.HALF_OPEN
    breaker.at += 1
    breaker.ask()
    assert breaker.state is State.CLOSED
    assert breaker.reason == ""


def test_one_bad_probe_opens_it_again_for_twice_as_long() -> None:
    breaker = half_open()
    call(breaker, False)
    assert (breaker.state, breaker.reason) == (State.OPEN, "failing")
    assert breaker.until() == 60


def test_a_probe_refused_by_another_rule_proves_nothing() -> None:
    breaker = half_open()
    breaker.attempt("a")
    breaker.refused("b")
    assert breaker.state is State.HALF_OPEN
    breaker.refused("a")
    assert breaker.state is State.OPEN
    assert breaker.reason == "loop"


def test_what_others_say_while_half_open_does_not_count() -> None:
    breaker = half_open()
    breaker.attempt("a")
    breaker.failed("b")
    breaker.succeeded("b")
    breaker.at += 60
    breaker.ask()
    assert breaker.state is State.HALF_OPEN


def test_who_has_only_one_call_to_offer_proves_it_in_a_minute() -> None:
    breaker = half_open()
    call(breaker, True)
    breaker.at += 59
    breaker.ask()
    assert breaker.state is State.HALF_OPEN
    breaker.at += 1
    breaker.ask()
    assert breaker.state is State.CLOSED


@pytest.mark.parametrize("tried", [False, True])
def test_nobody_or_a_probe_that_hangs_gives_way_to_somebody_else(tried: bool) -> None:
    breaker = half_open()
    if tried:
        breaker.attempt("a")
    breaker.at += 60
    assert breaker.attempt("b").allowed
    assert breaker.attempt("a").retry_after == 30
    assert breaker.state is State.HALF_OPEN


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
    breaker.ask = lambda: YES  # type: ignore[method-assign]  # which waits by itself
    assert waits(breaker, lambda breaker: breaker.attempt("a"))


def test_its_states_are_called_as_people_read_them() -> None:
    assert [*State] == ["closed", "open", "half-open", "forced-open", "disabled"]


@given(st.lists(st.tuples(st.sampled_from("gbptw"), st.floats(0, 100)), max_size=60))
def test_whatever_happens_probes_are_bounded_and_it_comes_back(steps: list[tuple[str, float]]) -> None:
    breaker = Held()
    admitted = 0
    for what, seconds in steps:
        before = breaker.state
        if what in "gb":
            let_in = call(breaker, what == "g")
            admitted = admitted + let_in if before is State.HALF_OPEN else 0
        elif what == "p":
            breaker.refused("a")
        elif what == "t":
            breaker.trip("loop")
        breaker.at += seconds if what == "w" else 0
        assert breaker.until() <= 600
        assert admitted <= breaker.probes
        if breaker.state is not before:
            admitted = 0
    breaker.at += 600
    for _ in range(5):
        breaker.at += 60
        call(breaker, True)
    assert breaker.state is State.CLOSED
