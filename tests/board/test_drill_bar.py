"""What every drill is held to: a bound that was broken or not measured is seen, and one that is left out has a reason."""

import json
import sqlite3
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import call_command

from board.proof.drills import DRILLS, Drill, table
from board.proof.drills.bar import AUDIT, BAR, COST, INCIDENTS, LEVEL, LOST, P99, REFUSED, RUNBOOK, CommonBar
from board.proof.drills.outside import Outside
from safeguards.models import AuditEntry

DOCS = Path(__file__).resolve().parents[2] / "docs" / "drills.md"


class Calm(Outside):
    """A server after an attack: at level 0, one incident on file, and one card."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.there = folder, str(uuid4())
        self.acknowledged = [self.there]
        for name, told in {
            "run/status.json": {"workers": [{"pid": 1, "gauges": {"ladder_level": 0}}]},
            "incidents/1-memory.json": {"runbook": "docs/runbooks/memory.md"},
        }.items():
            (folder / name).parent.mkdir()
            (folder / name).write_text(json.dumps(told))
        with closing(sqlite3.connect(folder / "parley.sqlite3")) as database, database:
            database.execute("CREATE TABLE board_card (uid)")
            database.execute("INSERT INTO board_card VALUES (?)", [self.there])

    def audit(self, _rule: str) -> int:
        return 1


class Held(CommonBar):
    rule = "memory"


class Short(Drill):
    number, name, runbook = "D0", "short", "overload"

    def run_virtual(self) -> None:
        self.contained = 1.0


def broken(lab: Any, drill: CommonBar) -> set[str]:
    drill.hold_the_bar(lab)
    return {what for what, bound in drill.bounds.items() if not bound["ok"]}


@pytest.fixture
def lab(tmp_path: Path) -> Calm:
    return Calm(tmp_path)


def test_a_drill_that_measures_nothing_by_itself_breaks_the_bar(lab: Calm) -> None:
    drill = Held()
    assert broken(lab, drill) == {P99, REFUSED, COST}
    assert {*drill.bounds} == {*BAR}


def test_a_card_that_was_acknowledged_and_is_gone_breaks_it(lab: Calm) -> None:
    lab.acknowledged.append(str(uuid4()))
    assert LOST in broken(lab, Held())


def test_where_nothing_was_acknowledged_nothing_is_proved(lab: Calm) -> None:
    lab.acknowledged.clear()
    assert LOST in broken(lab, Held())


@pytest.mark.parametrize("count", [0, 2])
def test_none_or_two_incidents_break_it(lab: Calm, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [{"runbook": "docs/runbooks/memory.md"}] * count
    monkeypatch.setattr(lab, "incidents", lambda _rule: found)
    assert INCIDENTS in broken(lab, Held())


def test_the_wrong_runbook_breaks_it(lab: Calm) -> None:
    (lab.folder / "incidents" / "1-memory.json").write_text(
        json.dumps({"runbook": "docs/runbooks/overload.md"})
    )
    assert RUNBOOK in broken(lab, Held())


def test_what_is_excused_is_not_looked_at(lab: Calm) -> None:
    class Excused(CommonBar):
        runbook = "overload"
        excused = dict.fromkeys({*BAR} - {RUNBOOK}, "nobody is there")

    drill = Excused()
    assert broken(lab, drill) == set()
    assert {*drill.bounds} == {RUNBOOK}


def test_without_the_bar_nothing_of_it_is_looked_at(lab: Calm) -> None:
    drill = Held()
    drill.is_common = False
    assert broken(lab, drill) == set()
    assert drill.bounds == {}


@pytest.mark.parametrize("number", DRILLS)
def test_a_drill_leaves_out_only_what_it_has_a_reason_for(number: str) -> None:
    drill = DRILLS[number]
    assert {*drill.excused} <= {*BAR}
    assert all(len(why.split()) > 3 for why in drill.excused.values())
    assert bool(drill.rule) != {INCIDENTS, AUDIT}.issubset(drill.excused)
    if number != "D13":  # has no server
        assert {LEVEL, LOST, RUNBOOK}.isdisjoint(drill.excused)


def test_the_page_tells_what_is_not_bound_and_why() -> None:
    assert DOCS.read_text().endswith(table.unbound())


@pytest.mark.django_db
def test_a_drill_leaves_one_audit_row_and_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DRILLS, "D0", Short)
    out = StringIO()
    call_command("drill", "D0", "--virtual", stdout=out)
    told = json.loads(out.getvalue())
    (row,) = AuditEntry.objects.filter(action="drill")
    assert row.subject == "D0 short"
    assert row.reason.endswith(told["evidence"])
    kept = json.loads((settings.DATA_DIR / "incidents" / told["evidence"]).read_text())
    assert kept == {name: value for name, value in told.items() if name != "evidence"}
    assert {*kept["excused"]} == {*BAR}
