"""The breaker's way back: whom it lets in to try, and what closes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeguards.kernel.circuit_breaker import State
from tests.safeguards.kernel.breaker import Held, call, half_open


def test_half_open_lets_five_of_one_key_in_and_nobody_else() -> None:
    breaker = half_open()
    assert breaker.attempt("a").allowed
    refusal = breaker.attempt("b")
    assert (refusal.allowed, refusal.reason, refusal.retry_after) == (False, "loop", 60)
    breaker.at += 59.5
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
    assert breaker.attempt("a").retry_after == 60
    assert breaker.state is State.HALF_OPEN


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
