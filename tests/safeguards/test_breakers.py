"""Measurements switch live off, and calm switches it on again without anybody's help."""

import threading
from typing import Any

import pytest

from safeguards import admission, breakers, flags, kill
from safeguards.kernel.circuit_breaker import State
from safeguards.resources import gauges
from safeguards.resources.sampler import Sampler
from tests.safeguards.conftest import Clock

CALM = {"cpu_cores": 0.1, "loop_lag_ms": 1.0, "rss_share": 0.1}


@pytest.fixture(autouse=True)
def live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "is_on", lambda feature, user_pk: True)
    monkeypatch.setattr(kill, "killed", lambda: None)
    monkeypatch.setattr(breakers.random, "uniform", lambda low, high: 1.0)


def sample(times: int = 1, **values: float) -> None:
    for _ in range(times):
        for name, value in (CALM | values).items():
            gauges.report(name, value)
        breakers.sample()


def is_live() -> bool:
    return admission.keep_stream("live_board", 1).allowed


@pytest.mark.parametrize(
    ("gauge", "level"), [("cpu_cores", 0.85), ("loop_lag_ms", 250.0), ("rss_share", 0.9)]
)
def test_two_samples_at_the_limit_end_live_with_a_reason(clock: Clock, gauge: str, level: float) -> None:
    sample(1, **{gauge: level})
    assert is_live()
    sample(1, **{gauge: level})
    decision = admission.keep_stream("live_board", 1)
    assert (decision.allowed, decision.reason) == (False, "overload")
    assert decision.retry_after == 15.0
    assert admission.admit_stream("p", "b", "x").reason == "full"
    assert gauges.snapshot()["breaker_open"] == 1.0


@pytest.mark.parametrize(
    ("gauge", "level"), [("cpu_cores", 0.84), ("loop_lag_ms", 249.0), ("rss_share", 0.89)]
)
def test_just_below_the_limit_nothing_happens(clock: Clock, gauge: str, level: float) -> None:
    sample(50, **{gauge: level})
    assert is_live()


def test_it_comes_back_by_itself_and_a_few_at_a_time(clock: Clock) -> None:
    sample(2, cpu_cores=1.0)
    for _ in range(15):
        clock.forward(1)
        sample()
    assert breakers.breaker().state is State.HALF_OPEN
    assert [admission.admit_stream("p", "b", f"{n}").allowed for n in range(7)] == [True] * 5 + [False] * 2
    for _ in range(15):
        clock.forward(1)
        sample()
    assert is_live()
    assert admission.admit_stream("p", "b", "x").allowed
    assert gauges.snapshot()["breaker_open"] == 0.0


def test_between_the_levels_it_stays_off(clock: Clock) -> None:
    sample(2, cpu_cores=1.0)
    for _ in range(60):
        clock.forward(1)
        sample(cpu_cores=0.7)
    assert not is_live()


def test_observing_it_logs_and_does_not_act(
    clock: Clock, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LADDER = "observe"
    sample(2, cpu_cores=1.0)
    assert is_live()
    assert admission.admit_stream("p", "b", "x").allowed
    assert "closed -> open, cpu_cores is 1.00 (LADDER=observe: not acted on)" in caplog.text


def test_a_change_is_logged_once(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    sample(9, cpu_cores=1.0)
    assert len(caplog.records) == 1


def spin_until(condition: Any) -> bool:
    """A thread burns this process's time while the sampler really measures it."""
    stop, sampler = threading.Event(), Sampler()

    def spin() -> None:
        while not stop.is_set():
            sum(range(10_000))

    spinner = threading.Thread(target=spin)
    spinner.start()
    try:
        for _ in range(20):
            sampler.measure()
            breakers.sample()
            if condition():
                return True
            stop.wait(0.2)  # the time between two measurements; the spinner never sets it
        return False
    finally:
        stop.set()
        spinner.join()


@pytest.mark.alone
def test_a_spinning_process_trips_it_on_real_figures(settings: Any) -> None:
    settings.PARLEY = {"cpu_trip": 0.3}  # the machine may be shared by others
    assert spin_until(lambda: not is_live())


@pytest.mark.alone
def test_off_a_spinning_process_stays_live(settings: Any) -> None:
    settings.PARLEY = {"cpu_trip": 0.3}
    settings.LADDER = "observe"
    assert spin_until(lambda: breakers.breaker().state is State.OPEN)
    assert is_live()
