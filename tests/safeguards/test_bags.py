"""A bag holds what an incident leaves behind, and is whole by BagIt."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bagit
import pytest

from safeguards import bags, incidents
from safeguards.bags import completing, facts, form
from safeguards.models import AuditEntry, Flag
from safeguards.rollout import operations
from tests.safeguards.bagged import document, lines, loop

# A bag asks in threads of its own.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_with_events")]


def second(tmp_path: Path, at: float, **figures: float) -> None:
    (tmp_path / "metrics").mkdir(exist_ok=True)
    with (tmp_path / "metrics" / "1.jsonl").open("a") as file:
        file.write(json.dumps({"at": at, **figures}) + "\n")


def test_a_bag_is_valid_bagit_and_says_what_it_is_about() -> None:
    incidents.record("rollback", {"person": "ada"})
    incidents.flush()
    path = bags.seal("rollback", "live_board", "2", by="auto:rollback", contained=1.25)
    bag = bagit.Bag(str(path))
    bag.validate()
    info = bag.info
    assert (info["Trigger"], info["Feature"], info["Stage"]) == ("rollback", "live_board", "2")
    assert info["Containment-Seconds"] == "1.25"
    assert info["Bagging-Date"] == f"{datetime.now(UTC):%Y-%m-%d}"
    files = list((path / "data").iterdir())
    assert info["Payload-Oxum"] == f"{sum(file.stat().st_size for file in files)}.{len(files)}"
    assert {file.name for file in files} == {
        *("timeline.json", "metrics.jsonl", "causes.json", "stacks.txt", "processes.json", "flags.json"),
        *("settings.json", "events.jsonl", "differences.txt"),
    }
    assert "Missing" not in info and "Cut" not in info
    timeline = document(path, "timeline.json")
    assert [told["rule"] for told in timeline["incidents"]] == ["rollback"]
    assert [entry["action"] for entry in timeline["audit"]] == ["auto.rollback"]
    assert [event["seq"] for event in lines(path, "events.jsonl")] == [0, 1, 2]
    assert threading.current_thread().name in (path / "data" / "stacks.txt").read_text()


def test_who_brought_it_about_is_a_tree() -> None:
    loop(facts.causes, 40)
    told = document(bags.seal("by-hand"), "causes.json")
    ((person, tabs),) = told["top"].items()
    ((_tab, what),) = tabs.items()
    assert (person, what) == ("user:1", {"read": 40})
    assert sum(row[-1] for row in told["seconds"][0]["caused"]) == 40


def test_a_flag_is_in_it_with_its_stage_and_its_testers(django_user_model: Any) -> None:
    django_user_model.objects.create_user("ada")
    operations.add("live_board", "ada", actor="somebody", reason="a try", consented=True)
    flags = document(bags.seal("by-hand"), "flags.json")
    told = next(flag for flag in flags["flags"] if flag["name"] == "live_board")
    assert (told["stage"], told["testers"], told["consents"][0]["person"]) == ("1", ["ada"], "ada")
    assert [entry["action"] for entry in flags["audit"]] == ["rollout.add"]


def test_five_minutes_before_are_in_it_and_two_after_come_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    for ago in (400, 200, 1):
        second(tmp_path, now - ago, r=0.5)
    path = bags.seal("by-hand")
    assert [round(now - row["at"]) for row in lines(path, "metrics.jsonl")] == [200, 1]
    assert completing.due() == []
    monkeypatch.setattr(completing, "datetime", Later)
    monkeypatch.setattr(completing.time, "time", lambda: now + 121)
    for after in (60, 200):
        second(tmp_path, now + after, r=0.1)
    assert completing.due() == [path.name]
    completing.complete_due()
    assert [round(row["at"] - now) for row in lines(path, "metrics.jsonl")] == [-200, -1, 60]
    bagit.Bag(str(path)).validate()
    assert bags.verify(path.name) == path
    assert completing.due() == []
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["bag.complete", "bag.seal"]
    bags.complete(path)
    assert AuditEntry.objects.count() == 2


class Later(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return datetime.now(tz) + timedelta(seconds=121)


def test_without_measured_seconds_it_is_sealed_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "1.jsonl").write_text('{"at": half\n[]\n{"at": "when?"}\n')
    path = bags.seal("by-hand")
    assert lines(path, "metrics.jsonl") == []
    bagit.Bag(str(path)).validate()


def test_sums_of_minutes_are_not_taken_for_seconds(tmp_path: Path) -> None:
    now = time.time()
    second(tmp_path, now - 1, r=0.5)
    (tmp_path / "metrics" / "minutes-20260101.jsonl").write_text(json.dumps({"at": now - 60, "seconds": 60}))
    assert [row["r"] for row in lines(bags.seal("by-hand"), "metrics.jsonl")] == [0.5]


def test_the_code_that_runs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMIT", "abc123")
    assert form.info(bags.seal("by-hand"))["Deployed-Commit"] == "abc123"


def test_the_runbook_of_a_rule_is_named_and_nothing_else() -> None:
    assert form.info(bags.seal("request-loop"))["Runbook"] == "docs/runbooks/request-loop.md"
    assert form.info(bags.seal("../README"))["Runbook"] == "none of this trigger"


def test_what_a_bag_is_about_is_said_also_where_it_is_not_known() -> None:
    info = form.info(bags.seal("by-hand"))
    assert (info["Feature"], info["Stage"]) == ("none named", "none named")
    assert (info["Containment-Seconds"], info["Trigger"]) == ("not measured", "by-hand")


def test_drafts_are_said_to_be_where_they_are() -> None:
    told = form.info(bags.seal("by-hand"))
    assert "data/drafts.jsonl" in told["Drafts"] and "browser" in told["Drafts"]
    assert "gives them back" in told["Restoration-Path"]


def test_a_flag_row_that_is_new_needs_no_change_here() -> None:
    Flag.objects.create(name="co_editing")
    names = [flag["name"] for flag in document(bags.seal("by-hand"), "flags.json")["flags"]]
    assert "co_editing" in names
