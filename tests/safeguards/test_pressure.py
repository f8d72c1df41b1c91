"""From gauges to levels: who may ask for what, what is left out, and what everybody is told."""

from typing import Any

import pytest

from safeguards import breakers, causes, pressure, shedders
from safeguards.resources import gauges
from tests.safeguards.conftest import Clock


@pytest.fixture(autouse=True)
def calm(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> Any:
    monkeypatch.setattr(gauges, "_values", {})
    monkeypatch.setattr(causes, "causes", causes.Causes())
    monkeypatch.setattr(pressure.causes, "causes", causes.causes)
    settings.LADDER, settings.DATA_DIR = "act", tmp_path
    return settings


def see(clock: Clock, times: int = 1, **values: float) -> int:
    for _ in range(times):
        clock.forward(1)
        for name, value in values.items():
            gauges.report(name, value)
        pressure.sample()
    return pressure.level()


@pytest.mark.parametrize(
    ("gauge", "value", "most"),
    [
        ("loop_lag_ms", 300, 4),
        ("rss_share", 0.95, 4),
        ("reconnects_per_stream", 3, 2),
        ("cpu_cores", 0.99, 2),
        ("container_cpu_share", 0.99, 1),
        ("throttled_share", 0.9, 1),
        ("psi_cpu_some_avg10", 0.9, 1),
        ("stream_share", 0.99, 2),
        ("fd_share", 0.99, 2),
    ],
)
def test_each_monitor_goes_as_high_as_it_may_and_back_unaided(
    clock: Clock, gauge: str, value: float, most: int
) -> None:
    assert see(clock, 20, **{gauge: value}) == most
    assert pressure.words()
    assert see(clock, 16 * most, **{gauge: 0}) == 0
    assert pressure.words() == ""


def test_the_processor_goes_on_when_the_loop_is_late_too(clock: Clock) -> None:
    assert see(clock, 20, cpu_cores=0.99, loop_lag_ms=300) == 4


def test_in_a_container_with_a_quota_its_load_is_our_own(clock: Clock) -> None:
    assert see(clock, 20, throttled_share=0.9, has_quota=1.0, own_share_of_host=0.1) == 4


def test_somebody_elses_load_on_the_host_sheds_nothing(clock: Clock) -> None:
    assert see(clock, 20, container_cpu_share=0.99, own_share_of_host=0.49) == 0
    assert see(clock, 20, container_cpu_share=0.99, own_share_of_host=0.5) == 1


def test_every_level_really_sheds_and_brings_back(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    out: list[str] = []
    monkeypatch.setattr(shedders, "_registered", [])
    monkeypatch.setattr(shedders, "_shed", [])
    for number in (1, 2, 3):
        shedders.register(
            f"s{number}", number, lambda n=number: out.append(f"-{n}"), lambda n=number: out.append(f"+{n}")
        )
    see(clock, 4, loop_lag_ms=300)
    assert out == ["-1", "-2", "-3"]
    see(clock, 100, loop_lag_ms=0)
    assert out == ["-1", "-2", "-3", "+3", "+2", "+1"]


def test_at_level_four_live_is_off_and_says_when_to_come_back(clock: Clock) -> None:
    see(clock, 5, loop_lag_ms=300)
    assert pressure.ask().allowed
    see(clock, 1, loop_lag_ms=300)
    refusal = pressure.ask()
    assert not refusal.allowed
    assert 15 <= refusal.retry_after <= 20
    notice = pressure.notice()
    assert notice["level"] == 4
    assert notice["reason"] == "the server answers too slowly"
    assert notice["until"].endswith("Z")


def test_observing_it_counts_and_does_nothing(clock: Clock, calm: Any) -> None:
    calm.LADDER = "observe"
    assert see(clock, 20, loop_lag_ms=300) == 0
    assert pressure.ask().allowed
    assert gauges.value("ladder_level") == 4
    assert shedders.shed() == []


def test_levels_are_settings(clock: Clock, calm: Any) -> None:
    calm.PARLEY = {"cpu_cores_trip": 0.2, "cpu_cores_warn": 0.1, "cpu_cores_clear": 0.05}
    assert see(clock, 4, cpu_cores=0.3) == 2


def loops(people: int, each: int) -> None:
    """Ten gestures, and so many requests caused by nobody, of so many people."""
    second = causes.causes._second()
    second.began["user:99"] += 10
    for person in range(people):
        second.caused[(f"user:{person}", f"browser-{person}", "read")] += each


def test_one_who_runs_away_is_put_aside_and_nobody_else(clock: Clock) -> None:
    loops(1, 50)
    see(clock, 1)
    assert breakers.is_quarantined("user:0")
    assert breakers.ask().allowed
    see(clock, 3)
    assert pressure.level() == 0
    clock.forward(37)
    assert not breakers.is_quarantined("user:0")


def test_where_nobody_stands_out_the_feature_rests(clock: Clock) -> None:
    loops(20, 5)
    see(clock, 1)
    assert not breakers.ask().allowed
    assert breakers.quarantined() == {}


def test_a_few_who_share_a_loop_are_put_aside_and_the_others_keep_theirs(clock: Clock) -> None:
    loops(4, 25)
    see(clock, 1)
    assert set(breakers.quarantined()) == {f"user:{person}" for person in range(4)}
    assert breakers.ask().allowed
    see(clock, 3)
    assert pressure.level() == 0


def test_a_network_that_comes_and_goes_puts_nobody_off(clock: Clock) -> None:
    see(clock, 30, reconnects_per_stream=3.0)
    assert pressure.level() == 2
    assert pressure.ask().allowed


def test_a_quarantine_can_be_ended_by_hand(clock: Clock) -> None:
    before = breakers.version()
    assert breakers.quarantine("user:1", "request-loop")
    assert not breakers.quarantine("user:1", "request-loop")
    assert breakers.version() == before + 1
    breakers.release("user:1")
    assert breakers.ask_person("user:1").allowed


def test_a_loop_that_runs_in_another_process_is_ended_there(clock: Clock) -> None:
    causes.causes.peers = causes.Peers(causes=20, caused=100, processes=4)
    loops(1, 5)
    see(clock, 3)
    assert breakers.quarantined() == {}
    assert breakers.ask().allowed


def test_a_loop_over_all_processes_is_ended_in_each(clock: Clock) -> None:
    causes.causes.peers = causes.Peers(causes=20, caused=100, processes=4)
    loops(1, 35)
    see(clock, 3)
    assert set(breakers.quarantined()) == {"user:0"}


def test_only_observed_nobody_is_held_back_and_r_says_what_it_is(clock: Clock, settings: Any) -> None:
    settings.LADDER = "observe"
    loops(1, 50)
    see(clock, 2)
    assert gauges.value("r") == 5.0
