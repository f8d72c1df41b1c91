"""Every drill holds, and fails on a server without the safeguard it is about."""

import pytest

from board.proof.drills import DRILLS

SHORT = ("D2", "D8")  # the others run with `make drills`
EACH = [pytest.param(number, marks=[] if number in SHORT else [pytest.mark.drill]) for number in DRILLS]
pytestmark = [pytest.mark.flow, pytest.mark.alone]


@pytest.mark.parametrize("number", [pytest.param(number) for number in SHORT])
def test_it_holds(number: str) -> None:
    result = DRILLS[number]("board.proof.faults").play()
    assert result["passed"], result


@pytest.mark.parametrize("number", EACH)
def test_without_its_safeguard_it_fails(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNGUARDED", number)
    result = DRILLS[number]("tests.support.unguarded").play()
    assert not result["passed"], result
