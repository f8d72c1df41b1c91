"""A bag is sealed whatever else is dead, late or full, and says what it lacks."""

import threading
from typing import Any

import bagit
import pytest
from django.db import OperationalError

from safeguards import bags
from safeguards.bags import asking, collecting, facts, form, parts, sealing, store
from safeguards.models import AuditEntry
from tests.safeguards.bagged import document, events_of, lines

# A bag asks in threads of its own.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_with_events")]


def dead(*_args: Any, **_more: Any) -> Any:
    raise OperationalError("the server is gone")


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
