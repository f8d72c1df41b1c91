"""The breaker: off on two hot samples, on again unaided, slower each time, and only on evidence of calm."""

from hypothesis import given
from hypothesis import strategies as st

from safeguards.kernel.circuit_breaker import LONGEST_SECONDS, CircuitBreaker, State
from tests.safeguards.conftest import Clock


def breaker(clock: Clock, **options: float) -> CircuitBreaker:
    return CircuitBreaker(clock.monotonic, **options)  # type: ignore[arg-type]


def hot(subject: CircuitBreaker, samples: int = 1) -> State:
    for _ in range(samples):
        state = subject.sample(hot=True, calm=False, reason="busy")
    return state


def calm(subject: CircuitBreaker, clock: Clock, seconds: int) -> State:
    for _ in range(seconds):
        clock.forward(1)
        state = subject.sample(hot=False, calm=True)
    return state


def test_one_hot_sample_is_no_reason_and_two_in_a_row_are() -> None:
    subject = breaker(Clock())
    assert hot(subject) is State.CLOSED
    assert subject.sample(hot=False, calm=False) is State.CLOSED
    assert hot(subject) is State.CLOSED
    assert hot(subject) is State.OPEN
    assert subject.ask().reason == "busy"


def test_open_says_how_long_it_rests() -> None:
    clock = Clock()
    subject = breaker(clock)
    hot(subject, 2)
    clock.forward(5)
    assert subject.ask().retry_after == 10.0
    assert not subject.admit().allowed


def test_it_comes_back_by_itself_through_half_open() -> None:
    clock = Clock()
    subject = breaker(clock)
    hot(subject, 2)
    assert calm(subject, clock, 14) is State.OPEN
    assert calm(subject, clock, 1) is State.HALF_OPEN
    assert calm(subject, clock, 15) is State.CLOSED
    assert subject.admit().allowed


def test_half_open_lets_five_in_and_keeps_what_is_there() -> None:
    clock = Clock()
    subject = breaker(clock)
    hot(subject, 2)
    calm(subject, clock, 15)
    assert [subject.admit().allowed for _ in range(6)] == [True] * 5 + [False]
    assert subject.ask().allowed


def test_a_hot_sample_while_half_open_opens_again_for_twice_as_long() -> None:
    clock = Clock()
    subject = breaker(clock)
    hot(subject, 2)
    calm(subject, clock, 15)
    assert hot(subject) is State.OPEN
    assert subject.ask().retry_after == 30.0


def test_after_ten_quiet_minutes_a_trip_counts_as_the_first() -> None:
    clock = Clock()
    subject = breaker(clock)
    hot(subject, 2)
    calm(subject, clock, 700)
    hot(subject, 2)
    assert subject.ask().retry_after == 15.0


def test_neither_hot_nor_calm_keeps_it_open() -> None:
    clock = Clock()
    subject = breaker(clock)
    hot(subject, 2)
    for _ in range(100):
        clock.forward(1)
        assert subject.sample(hot=False, calm=False) is State.OPEN
    assert calm(subject, clock, 2) is State.HALF_OPEN


def test_a_person_opens_and_disables_it_and_no_sample_overrules_them() -> None:
    clock = Clock()
    subject = breaker(clock)
    subject.force_open("maintenance")
    assert calm(subject, clock, 100) is State.FORCED_OPEN
    assert subject.ask().reason == "maintenance"
    subject.disable()
    assert hot(subject, 10) is State.DISABLED
    assert subject.admit().allowed
    subject.release()
    assert subject.state is State.CLOSED


@given(st.lists(st.sampled_from(["hot", "calm", "between"]), max_size=300), st.floats(0.8, 1.2))
def test_it_always_comes_back_within_the_longest_rest_and_a_calm_spell(
    history: list[str], factor: float
) -> None:
    clock = Clock()
    subject = CircuitBreaker(clock.monotonic, spread=lambda: factor)
    for kind in history:
        clock.forward(1)
        subject.sample(hot=kind == "hot", calm=kind == "calm")
    assert calm(subject, clock, round(LONGEST_SECONDS * 1.2) + 20) is State.CLOSED
