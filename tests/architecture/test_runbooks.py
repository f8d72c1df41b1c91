"""Every rule that acts by itself has a runbook of the same shape, and names no command that is not there."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from board.proof.drills import DRILLS
from safeguards import pressure
from safeguards.conf import NUMBERS

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "runbooks"
SHAPE = [
    "What you see",
    "What the system already did",
    "Confirm in 60 seconds",
    "Stop it",
    "Keep the evidence",
]
SHAPE += ["Undo", "Who to tell"]
RULES = {*pressure.RUNBOOKS.values(), "request-loop", "rate-limit", "blocked-loop", "cpu-spin", "memory"}
RULES |= {"safeguard-blind", "overload", *(drill.rule or drill.runbook for drill in DRILLS.values())}


def test_there_is_one_per_rule_and_none_for_no_rule() -> None:
    assert {file.stem for file in FOLDER.glob("*.md")} == RULES


@pytest.mark.parametrize("rule", sorted(RULES))
def test_it_has_the_shape_and_names_real_commands(rule: str) -> None:
    text = (FOLDER / f"{rule}.md").read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SHAPE
    for command in re.findall(r"python manage\.py (\w+)", text):
        assert command in get_commands()


def test_every_rule_written_down_in_the_code_is_known() -> None:
    code = Path(pressure.__file__).parent
    said = {
        name for file in code.glob("*.py") for name in re.findall(r'record\(\s*"([a-z-]+)"', file.read_text())
    }
    assert said
    assert said <= RULES
    assert "lease_seconds" in NUMBERS
