"""Every drill holds, and without the safeguard it is about, exactly what that bounds breaks."""

import pytest

from board.proof.drills import DRILLS
from board.proof.drills.bar import BAR
from board.proof.drills.drill import FINISHED

SHORT = {
    "D2": False,
    "D4": False,
    "D8": True,
}  # and whether with the common bar; the others run with `make drills`
EACH = [
    pytest.param(number, without, id=without, marks=[] if number in SHORT else [pytest.mark.drill])
    for number, drill in DRILLS.items()
    for without in drill.proof
]
pytestmark = [pytest.mark.flow, pytest.mark.alone]


@pytest.mark.parametrize(("number", "common"), SHORT.items())
def test_it_holds(number: str, common: bool) -> None:
    result = DRILLS[number]("board.proof.faults").play(common=common)
    assert result["passed"], result


@pytest.mark.parametrize(("number", "without"), EACH)
def test_without_its_safeguard_what_that_bounds_breaks(
    number: str, without: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNGUARDED", without)
    broken = DRILLS[number].proof[without]
    result = DRILLS[number]("tests.support.unguarded").play(common=not {*BAR}.isdisjoint(broken))
    bounds = result["bounds"]
    assert FINISHED not in bounds, result  # what could not be tried proves nothing
    for what in broken:
        assert bounds[what]["value"] is not None, result
        assert not bounds[what]["ok"], result
    assert not result["passed"]
