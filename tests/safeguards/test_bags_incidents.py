"""An incident and its bags know each other, and no rule waits for its bag."""

import os
import time
from pathlib import Path

import pytest

from safeguards import bags, incidents
from safeguards.bags import form, later, owed
from safeguards.models import Incident

# A bag asks in threads of its own.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_folder")]


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


def test_two_testers_of_one_second_get_a_bag_each() -> None:
    for number in (1, 2):
        bags.seal_later("rollback", feature="live_board", reason=f"{number}: why", person=f"user:{number}")
    bags.flush()
    later.finish()
    told = [form.info(bag.path) for bag in bags.every()]
    assert sorted((one["Person"], one["Reason"]) for one in told) == [
        ("user:1", "1: why"),
        ("user:2", "2: why"),
    ]


def test_two_that_are_taken_back_by_hand_get_a_bag_each() -> None:
    """Such a bag names no person: what was there before tells them apart."""
    for testers in (["ada", "bo"], ["bo"]):
        before = {"name": "live_board", "testers": testers}
        bags.seal_later("rollback-by-hand", feature="live_board", before=before)
    bags.flush()
    later.finish()
    assert len(bags.every()) == 2


def test_more_than_can_wait_is_left_out_and_nothing_raises() -> None:
    for number in range(owed.WAITING + 20):
        bags.seal_later("rollback", feature=f"feature-{number}")
    assert len(owed.every()) == owed.WAITING


def test_what_cannot_be_sealed_keeps_no_other_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bags.seal_later("!!!")
    bags.seal_later("memory")
    bags.flush()
    later.finish()
    assert [bag.trigger for bag in bags.every()] == ["memory"]
