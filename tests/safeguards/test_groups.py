"""Canary and control are told apart by the flags in memory, counted once, and added up over all workers."""

from typing import Any

import pytest

from safeguards import flags, groups, recording
from safeguards.asked import Asked
from safeguards.causes import Causes
from safeguards.flag_rows import Answer
from safeguards.resources import gauges


class House:
    def __init__(self) -> None:
        self.now = 100.0
        self.causes = Causes(lambda: self.now)

    def ask(self, person: str, times: int = 1) -> None:
        scope = {"type": "http", "path": "/", "method": "GET", "headers": [], "client": ("127.0.0.1", 1)}
        for _time in range(times):
            asked = Asked(scope)
            asked.__dict__["person"] = person
            self.causes.attempt(asked)

    def second(self) -> None:
        self.now += 1
        groups.sample()


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    made = House()
    monkeypatch.setattr(groups, "causes", made.causes)
    monkeypatch.setattr(groups, "_counted", [0])
    monkeypatch.setattr(flags, "_answers", {"live_board": Answer(None, frozenset({7}))})
    monkeypatch.setattr(gauges, "_counts", type(gauges._counts)())
    monkeypatch.setattr(gauges, "_values", {})
    flags._loaded.set()
    return made


def counted() -> dict[str, float]:
    return {name: value for name, value in gauges.snapshot().items() if name.startswith(groups.GROUPS)}


def test_each_request_counts_once_for_its_group(house: House) -> None:
    house.ask("user:7", 3)
    house.ask("user:8", 2)
    house.ask("address:192.0.2.1")
    house.ask("token:" + "7" * 64)
    for _second in range(12):
        house.second()
    assert counted() == {"canary_requests_total": 3, "control_requests_total": 4}
    assert gauges.value("tested") == 1.0


def test_the_second_under_way_waits_for_its_end(house: House) -> None:
    groups.sample()
    house.ask("user:7")
    groups.sample()
    assert counted() == {}
    house.second()
    assert counted() == {"canary_requests_total": 1}


def test_while_nothing_is_tested_nobody_is_told_apart(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "_answers", {"live_board": Answer(everyone=True)})
    house.ask("user:7")
    house.second()
    groups.wrote("user:7")
    assert (counted(), gauges.value("tested"), gauges.snapshot()["written_total"]) == ({}, 0.0, 1.0)
    monkeypatch.setattr(flags, "_answers", {"live_board": Answer(None, frozenset({7}))})
    house.second()
    assert counted() == {}  # what was before does not count when it begins


def test_changes_streams_and_losses_by_group(house: House) -> None:
    groups.wrote("user:7")
    groups.wrote("user:8")
    groups.wrote("")
    groups.present(["user:7", "user:7", "user:8"], ["user:8"] * 3)
    assert counted() == {
        "canary_events_total": 1,
        "control_events_total": 2,
        "canary_streams": 2,
        "control_streams": 1,
        "canary_lost": 0,
        "control_lost": 3,
    }


def test_a_person_is_looked_up_once_however_often_they_come_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(groups, "group_of", lambda key: asked.append(key) or "control")
    groups.present([], ["user:8"] * 10_000)
    assert asked == ["user:8"]


def row(pid: int, **told: float) -> dict[str, Any]:
    return {"pid": pid, "cores": 0.1, "rss_bytes": 1, "beat_age_s": 0, "gauges": told}


def test_workers_are_added_up_and_only_while_something_is_tested() -> None:
    recorder = recording.Recorder()
    assert "canary_requests" not in recorder.line(0, [row(1, streams=1)])["total"]
    recorder.line(1, [row(1, tested=1, canary_requests_total=10), row(2, tested=1)])
    line = recorder.line(
        2,
        [
            row(1, tested=1, canary_requests_total=14, canary_streams=1, canary_lost=1, control_streams=0),
            row(2, tested=1, canary_requests_total=2, canary_streams=3, control_events_total=5),
        ],
    )
    total = line["total"]
    assert (total["canary_requests"], total["canary_streams"], total["canary_reconnects"]) == (6, 4, 0.25)
    assert (total["control_events"], total["control_reconnects"]) == (5, 0)
    assert not any(name.startswith(groups.GROUPS) for name in line["workers"]["1"])
