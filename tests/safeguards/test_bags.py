"""A bag holds what an incident leaves behind, is whole by BagIt, and is sealed whatever else is dead."""

import json
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bagit
import pytest
from django.db import OperationalError

from safeguards import bags, incidents
from safeguards import causes as causes_module
from safeguards.bags import asking, collecting, completing, facts, form, later, parts, sealing, store
from safeguards.models import AuditEntry, Flag, Incident
from safeguards.rollout import operations
from tests.safeguards.bagged import document, events_of, lines, loop

pytestmark = pytest.mark.django_db(transaction=True)  # a bag asks in threads of its own


@pytest.fixture(autouse=True)
def here(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(collecting, "_collectors", {"events": events_of(3)})
    for module in (causes_module, facts):
        monkeypatch.setattr(module, "causes", causes_module.Causes())
    later.reset()
    yield
    later.reset()


def dead(*_args: Any, **_more: Any) -> Any:
    raise OperationalError("the server is gone")


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


def test_a_dead_database_costs_its_parts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("audit", "flags"):
        monkeypatch.setattr(facts, name, dead)
    monkeypatch.setattr(AuditEntry.objects, "create", dead)
    path = bags.seal("by-hand")
    bagit.Bag(str(path)).validate()
    info = form.info(path)
    assert "flags.json" in info["Missing"] and "events.jsonl" in info["Missing"]
    assert not (path / "data" / "flags.json").exists()
    assert document(path, "timeline.json")["audit"] == []
    with pytest.raises(bags.NotVouched):
        bags.verify(path.name)


def test_a_database_that_hangs_is_asked_once_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    over = threading.Event()

    def hang(window: Any) -> Any:
        asked.append("audit")
        over.wait(30)

    monkeypatch.setattr(asking, "SECONDS", 0.05)
    monkeypatch.setattr(facts, "audit", hang)
    monkeypatch.setattr(facts, "flags", lambda window: asked.append("flags"))
    try:
        path = bags.seal("by-hand")
    finally:
        over.set()
    assert asked == ["audit"]
    assert "no answer in time" in form.info(path)["Missing"]
    assert not AuditEntry.objects.filter(action="bag.seal").exists()


def test_what_a_room_above_cannot_tell_costs_its_part_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "_collectors", {"events": dead})
    path = bags.seal("by-hand")
    assert "events.jsonl" in form.info(path)["Missing"]
    assert document(path, "flags.json")["flags"]


def test_each_part_has_its_size_and_says_what_was_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        AuditEntry.objects.create(actor="x", action="y", subject="z", reason=f"{number} " + "long " * 200)
    monkeypatch.setattr(parts, "MOST", dict.fromkeys(parts.MOST, 20000) | {"stacks.txt": 500})
    monkeypatch.setattr(collecting, "_collectors", {"events": events_of(9_000, 4_000)})
    path = bags.seal("by-hand")
    sizes = {file.name: file.stat().st_size for file in (path / "data").iterdir()}
    assert sizes["timeline.json"] <= 20_000 and sizes["stacks.txt"] <= 500
    assert sizes["events.jsonl"] <= parts.OTHERS
    timeline = document(path, "timeline.json")
    assert timeline["cut"]["audit"] + len(timeline["audit"]) == 50
    assert lines(path, "events.jsonl")[-1]["cut"] > 0
    assert {"timeline.json", "stacks.txt", "events.jsonl"} <= set(form.info(path)["Cut"].split(", "))
    bagit.Bag(str(path)).validate()


def test_lines_that_come_too_late_are_only_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "LINES_SECONDS", -1.0)
    path = bags.seal("by-hand")
    assert lines(path, "events.jsonl") == [{"cut": 3}]
    assert form.info(path)["Cut"] == "events.jsonl"
    bagit.Bag(str(path)).validate()


def test_sums_of_minutes_are_not_taken_for_seconds(tmp_path: Path) -> None:
    now = time.time()
    second(tmp_path, now - 1, r=0.5)
    (tmp_path / "metrics" / "minutes-20260101.jsonl").write_text(json.dumps({"at": now - 60, "seconds": 60}))
    assert [row["r"] for row in lines(bags.seal("by-hand"), "metrics.jsonl")] == [0.5]


def test_all_parts_together_stay_below_fifty_megabytes() -> None:
    assert sum(parts.MOST.values()) + parts.OTHERS < 50_000_000


def test_on_a_full_disk_nothing_half_made_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: Any) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(form, "close", full)
    with pytest.raises(bags.NotSealed, match="No space left"):
        bags.seal("by-hand")
    assert list(store.home().iterdir()) == []
    assert not AuditEntry.objects.exists()


def happened(rule: str, feature: str = "") -> Incident:
    incidents.record(rule, {"feature": feature})
    incidents.flush()
    return Incident.objects.get(rule=rule, feature=feature)


def test_the_incident_knows_its_bags_and_they_know_it() -> None:
    board, cursors = happened("rollback", "live_board"), happened("rollback", "live_cursors")
    others = happened("canary-residents", "live_board")
    first = bags.seal("rollback", "live_board")
    second = bags.seal("rollback", "live_board")
    for incident, path in (
        (cursors, bags.seal("rollback", "live_cursors")),
        (others, bags.seal(others.rule, "live_board")),
    ):
        assert (bags.bags_of(incident), bags.incident_of(path)) == ([path.name], incident)
    assert bags.bags_of(board) == [first.name, second.name]
    assert bags.incident_of(first) == bags.incident_of(second) == board
    board.refresh_from_db()
    assert board.bag == first.name
    assert bags.incident_of(bags.seal("by-hand")) is None
    assert bags.incident_of(bags.seal("../*rollback", "live_board")) is None


def test_one_that_was_declared_has_a_bag_too() -> None:
    incident = Incident.objects.create(title="Odd", opened_by="ada")
    path = bags.seal("by-hand", incident=incident)
    assert (bags.bags_of(incident), bags.incident_of(path)) == ([path.name], incident)


def test_a_row_that_is_made_after_the_bag_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    incidents.record("rollback", {"feature": "live_board"})
    incidents.files.flush()
    path = bags.seal("rollback", "live_board")
    assert bags.incident_of(path) is None
    incidents.flush()
    assert bags.incident_of(path) == Incident.objects.get()


def test_what_happened_more_than_an_hour_ago_is_another_incident(tmp_path: Path) -> None:
    happened("rollback", "live_board")
    (file,) = incidents.folder().glob("*.json")
    os.utime(file, (time.time() - 3601,) * 2)
    assert bags.incident_of(bags.seal("rollback", "live_board")) is None


def test_a_rule_gets_its_bag_without_waiting_for_it() -> None:
    bags.seal_later("rollback", feature="live_board", stage="1", by="auto:r")
    bags.seal_later("rollback", feature="live_board", stage="1", by="auto:r")
    bags.seal_later("rollback", feature="live_cursors")
    assert bags.every() == []
    bags.flush()
    later.finish()
    assert sorted(form.info(bag.path)["Feature"] for bag in bags.every()) == ["live_board", "live_cursors"]


def test_more_than_can_wait_is_left_out_and_nothing_raises() -> None:
    for number in range(30):
        bags.seal_later("rollback", feature=f"feature-{number}")
    assert later._waiting.qsize() == later.WAITING


def test_what_cannot_be_sealed_keeps_no_other_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bags.seal_later("!!!")
    bags.seal_later("memory")
    bags.flush()
    later.finish()
    assert [bag.trigger for bag in bags.every()] == ["memory"]


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


def test_drafts_leave_the_events_their_room(monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"drafts": events_of(5_000, 4_000), "events": events_of(100)}
    monkeypatch.setattr(
        sealing, "LINES_SECONDS", 600.0
    )  # here bytes are what is short, however busy the machine is
    monkeypatch.setattr(collecting, "_collectors", both)
    path = bags.seal("by-hand")
    assert (path / "data" / "drafts.jsonl").stat().st_size <= parts.OF_OTHERS["drafts.jsonl"]
    assert form.info(path)["Cut"] == "drafts.jsonl"
    assert len(lines(path, "events.jsonl")) == 100


def test_a_flag_row_that_is_new_needs_no_change_here() -> None:
    Flag.objects.create(name="co_editing")
    names = [flag["name"] for flag in document(bags.seal("by-hand"), "flags.json")["flags"]]
    assert "co_editing" in names
