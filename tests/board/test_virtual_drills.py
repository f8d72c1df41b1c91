"""Drills hold on a clock held by hand, where they have one; with a server they do in tests/flows."""

import pytest

from board.proof.drills import DRILLS, Drill

SIMULATED = ("D5", "D10")
LONG = {"D13"}  # minutes; with few canaries in test_judge_drill.py


@pytest.mark.parametrize("number", SIMULATED)
def test_it_holds(number: str) -> None:
    result = DRILLS[number]("board.proof.faults").simulate()
    assert result["passed"] and "not_run" not in result, result
    assert len(result["bounds"]) > 1  # besides the containment


def test_all_that_can_be_simulated_are() -> None:
    able = {number for number, drill in DRILLS.items() if drill.run_virtual is not Drill.run_virtual}
    assert able == {*SIMULATED} | LONG
