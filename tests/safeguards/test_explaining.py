"""Whose name an incident carries: not that of the processor, where something from outside keeps it busy."""

from typing import Any

import pytest

from safeguards import pressure
from safeguards.resources import gauges
from tests.safeguards.conftest import Clock

BUSY = {"cpu_cores": 0.99, "has_quota": 1.0}


@pytest.fixture(autouse=True)
def filed(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[str]:
    rules = list[str]()
    monkeypatch.setattr(gauges, "_values", {})
    monkeypatch.setattr(pressure.incidents, "record", lambda rule, _facts: rules.append(rule))
    settings.LADDER = "act"
    return rules


def see(clock: Clock, times: int, **values: float) -> None:
    for _ in range(times):
        clock.forward(1)
        for name, value in values.items():
            gauges.report(name, value)
        pressure.sample()


def test_a_busy_processor_is_called_that(clock: Clock, filed: list[str]) -> None:
    see(clock, 2, **BUSY)
    assert filed == ["cpu-spin"]


def test_boards_that_come_back_explain_a_busy_processor(clock: Clock, filed: list[str]) -> None:
    see(clock, 2, **BUSY, reconnects_per_stream=1.2)
    assert filed == ["reconnect-storm"]


def test_they_explain_it_when_they_are_seen_later_too(clock: Clock, filed: list[str]) -> None:
    see(clock, 2, **BUSY)
    see(clock, 20, **BUSY, reconnects_per_stream=1.2)
    assert filed == ["cpu-spin", "reconnect-storm"]


def test_a_few_that_come_back_explain_nothing(clock: Clock, filed: list[str]) -> None:
    see(clock, 20, **BUSY, reconnects_per_stream=0.5)
    assert filed == ["cpu-spin"]


def test_boards_that_come_back_are_told_once(clock: Clock, filed: list[str]) -> None:
    see(clock, 20, reconnects_per_stream=1.2)
    assert filed == ["reconnect-storm"]


def test_only_observed_nothing_is_told(clock: Clock, filed: list[str], settings: Any) -> None:
    settings.LADDER = "observe"
    see(clock, 20, **BUSY, reconnects_per_stream=1.2)
    assert filed == []
