"""The drill of the judge holds, and breaks where the judge lets something through; with few canaries, to be quick."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import pytest

from board.proof.drills import canaries, judge
from board.proof.drills.judge import CanaryJudge
from safeguards.rollout import contracts


class Few(CanaryJudge):
    canaries, minutes = 8, 1


def broken() -> dict[str, Any]:
    bounds = Few("").play()["bounds"]
    return {what: bound["value"] for what, bound in bounds.items() if not bound["ok"]}


def test_it_holds() -> None:
    assert broken() == {}


def test_a_judge_who_finds_nothing_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canaries.contracts, "broken", lambda _counted: iter(()))
    assert {*broken()} == {"amplified ones that were found, %", "found after at most, s", "contained_s"}


def test_a_judge_who_blames_those_like_everybody_is_seen_in_each_stage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def blame(counted: Any) -> Iterator[tuple[int, str, dict[str, Any]]]:
        for person in {row[0] for second in counted.window() for row, _count in second.requests}:
            yield int(person.partition(":")[2]), "r", {}

    monkeypatch.setattr(canaries.contracts, "broken", blame)
    monkeypatch.setattr(judge.CanaryJudge, "_found", lambda *_given: 1.0)
    assert broken() == {f"stage {stage}: like everybody, rolled back, %": 100.0 for stage in (1, 2, 4, 8)}


@pytest.mark.parametrize("others", canaries.BYSTANDERS)
@pytest.mark.parametrize(
    ("fault", "rule"), [*zip(canaries.FAULTS, ("caused-by-event", "unknown-cause", "r"), strict=True)]
)
def test_each_fault_is_found_as_what_it_is_however_many_others_are_there(
    monkeypatch: pytest.MonkeyPatch, fault: str, rule: str, others: int
) -> None:
    found, stay = [], canaries.Stay(7, bystanders=others)

    def broken(counted: Any) -> Iterator[tuple[int, str, dict[str, Any]]]:
        for violation in contracts.broken(counted):
            found.append(violation[1])
            yield violation

    monkeypatch.setattr(canaries, "contracts", Mock(broken=broken))
    assert stay.lose(30) == 0
    assert stay.find(fault, 60) <= judge.FOUND_SECONDS
    assert {*found} == {rule}


@pytest.mark.parametrize(
    ("limit", "who"), [("tester_silent_seconds", "the tester"), ("judge_silent_seconds", "the judge")]
)
def test_a_silence_that_passes_is_seen(settings: Any, limit: str, who: str) -> None:
    settings.PARLEY = settings.PARLEY | {limit: 10**9}
    assert {*broken()} == {f"{who} is silent: HOLD after, s", f"{who} is silent: PASS after that"}
