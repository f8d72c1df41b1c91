"""What a safeguard did by itself is on file once, and in the audit trail once."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.core import mail
from django.db import OperationalError
from django.utils import timezone

from board.management.commands import drill
from safeguards import breakers, causes, incidents, pressure
from safeguards.causes import Causes
from safeguards.identity import browser_key
from safeguards.incidents.operations import resolve
from safeguards.incidents.shelf import read, turn
from safeguards.models import AuditEntry, Incident
from tests.safeguards.bagged import SCRIPT, ask


@pytest.fixture(autouse=True)
def here(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


def act(rule: str, **evidence: Any) -> None:
    incidents.record(rule, evidence)
    incidents.flush()


def rows(rule: str) -> int:
    return AuditEntry.objects.filter(action=f"auto.{rule}").count()


@pytest.mark.django_db
def test_it_leaves_one_line_one_file_and_a_runbook() -> None:
    act("request-loop", off_for=["user:0"])
    (told,) = incidents.recent()
    assert (told["rule"], told["runbook"]) == ("request-loop", "docs/runbooks/request-loop.md")
    assert told["timeline"][0]["off_for"] == ["user:0"]
    line = AuditEntry.objects.get(action="auto.request-loop")
    assert (line.actor_kind, line.actor) == ("auto", "auto:request-loop")


@pytest.mark.django_db
def test_again_within_ten_minutes_is_the_same_incident() -> None:
    act("memory", share=0.9)
    act("memory", share=0.95)
    (told,) = incidents.recent()
    assert [line["share"] for line in told["timeline"]] == [0.9, 0.95]
    assert rows("memory") == 1


def joined(rule: str) -> list[Any]:
    lines = AuditEntry.objects.filter(action=f"again.{rule}", actor=f"auto:{rule}").order_by("id")
    return [line.after for line in lines]


@pytest.mark.django_db
def test_what_joins_has_a_line_of_its_own_once(monkeypatch: pytest.MonkeyPatch) -> None:
    act("request-loop", off_for=["user:1"])
    act("request-loop", off_for=["user:2"])
    incidents.reset()  # another process
    act("request-loop", off_for=["user:3"], stacks="long")
    incidents.reset()
    incidents.flush()
    assert joined("request-loop") == [{"off_for": ["user:2"]}, {"off_for": ["user:3"]}]
    assert (rows("request-loop"), Incident.objects.count()) == (1, 1)
    monkeypatch.setattr(incidents.rows, "LINES", 4)
    for number in range(4, 8):
        act("request-loop", off_for=[f"user:{number}"])
    assert len(joined("request-loop")) == 3  # with the first one


@pytest.mark.django_db
def test_a_person_put_aside_by_a_rule_is_in_the_trail(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.LADDER = "act"
    for person in ("user:1", "user:2"):
        counted = Causes()
        counted.opened(f"browser-{person[-1]}")
        ask(counted, 40, user=int(person[-1]), **SCRIPT)
        monkeypatch.setattr(causes, "causes", counted)
        pressure._contain(2.0)
        incidents.flush()
    breakers.reset()
    first = AuditEntry.objects.get(action="auto.request-loop").after
    assert [first["off_for"], *(after["off_for"] for after in joined("request-loop"))] == [
        ["user:1"],
        ["user:2"],
    ]
    (file,) = incidents.folder().glob("*.json")
    assert f'"{browser_key("browser-1")}"' in file.read_text()
    assert '"browser-1"' not in file.read_text()  # a cookie stays in memory


@pytest.mark.django_db
def test_another_feature_is_another_incident() -> None:
    for feature, person in (("live_board", "ada"), ("live_cursors", "bob"), ("live_board", "eve"), ("", "")):
        act("rollback", feature=feature, person=person)
    told = {row.feature: read(incidents.folder() / row.evidence) or {} for row in Incident.objects.all()}
    said = {feature: [line["person"] for line in one["timeline"]] for feature, one in told.items()}
    assert said == {"live_board": ["ada", "eve"], "live_cursors": ["bob"], "": [""]}
    assert rows("rollback") == 3


@pytest.mark.django_db
def test_whatever_a_feature_is_called_its_file_is_in_the_folder() -> None:
    act("rollback", feature="../[*] live\0", person="ada")
    act("rollback", feature="../[*] live\0", person="bob")
    assert len(list(incidents.folder().glob("*.json"))) == Incident.objects.count() == 1


@pytest.mark.django_db
def test_what_another_process_began_goes_on() -> None:
    act("memory", share=0.9)
    incidents.reset()  # a process that knows nothing of it
    act("memory", share=0.95)
    (told,) = incidents.recent()
    assert len(told["timeline"]) == 2
    assert rows("memory") == 1


def long_ago(seconds: float) -> None:
    """The last file of the rule was last written so long ago."""
    file = max(incidents.folder().glob("*.json"))
    before = file.stat().st_mtime - seconds
    os.utime(file, (before, before))
    incidents.reset()


def the_last() -> Incident:
    row = Incident.objects.first()
    assert row is not None
    return row


@pytest.mark.django_db
@pytest.mark.parametrize("process", ["the same", "another"])
def test_what_happens_after_it_was_resolved_is_another_one_and_told(process: str, settings: Any) -> None:
    settings.INCIDENT_EMAILS = ["duty@example.org"]
    for number in (1, 2, 3):
        act("memory")
        act("memory")  # joins
        incidents.telling.reset()
        assert (
            len(incidents.recent())
            == rows("memory")
            == Incident.objects.count()
            == len(mail.outbox)
            == number
        )
        resolve(the_last().uid, "A leak.", by="ada")
        if process == "another":
            incidents.reset()


@pytest.mark.django_db
def test_three_who_lose_a_feature_for_one_cause_are_one_incident_told_once(settings: Any) -> None:
    settings.INCIDENT_EMAILS = ["duty@example.org"]
    for name in ("mia", "noa", "eve"):
        act("rollback", feature="live_board", person=name)
        incidents.telling.reset()
    row = Incident.objects.get()
    assert [message.subject for message in mail.outbox] == ["Parley incident: live_board was taken from mia"]
    assert row.title == "live_board was taken from mia, noa, eve"
    assert [entry["person"] for entry in incidents.recent()[0]["timeline"]] == ["mia", "noa", "eve"]
    resolve(row.uid, "A bad build.", by="ada")
    act("rollback", feature="live_board", person="eve")
    assert (the_last().title, len(mail.outbox)) == ("live_board was taken from eve", 2)


@pytest.mark.django_db
def test_while_it_is_not_resolved_it_takes_what_happens_for_an_hour() -> None:
    act("memory", share=0.9)
    long_ago(incidents.SAME_SECONDS)
    act("memory", share=0.95)
    assert len(incidents.recent()) == rows("memory") == Incident.objects.count() == 1
    Incident.objects.update(opened_at=timezone.now() - timedelta(hours=1))
    long_ago(incidents.SAME_SECONDS)
    act("memory")
    assert len(incidents.recent()) == rows("memory") == Incident.objects.count() == 2


@pytest.mark.django_db
def test_each_is_a_row_with_its_title_and_its_file() -> None:
    act("rollback", feature="live_board", person="mia", words="their page sent requests")
    act("rollback", feature="live_board", person="noa")
    row = Incident.objects.get()
    assert (row.rule, row.opened_by, row.feature) == ("rollback", "auto:rollback", "live_board")
    assert row.title == "live_board was taken from mia, noa"
    (file,) = incidents.folder().glob("*.json")
    assert row.evidence == file.name
    assert row.opened_at.isoformat(timespec="milliseconds").replace("+00:00", "Z") == read(file)["began"]


@pytest.mark.django_db
def test_a_dead_database_owes_the_row_and_makes_it_later(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = Mock(side_effect=OperationalError)
    monkeypatch.setattr(Incident.objects, "filter", dead)
    monkeypatch.setattr(incidents.rows, "connection", Mock())  # closing it would end the test's transaction
    act("memory", share=0.9)
    act("request-loop", r=1.2)
    act("memory", share=0.95)
    assert dead.call_count == 4
    assert len(incidents.recent()) == 2
    monkeypatch.undo()
    assert Incident.objects.count() == AuditEntry.objects.count() == 0
    incidents.flush()
    incidents.flush()
    assert sorted(Incident.objects.values_list("rule", flat=True)) == ["memory", "request-loop"]
    assert rows("memory") == rows("request-loop") == 1


@pytest.mark.django_db
def test_what_another_process_owes_is_made_by_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Incident.objects, "filter", Mock(side_effect=OperationalError))
    monkeypatch.setattr(incidents.rows, "connection", Mock())
    act("memory")
    monkeypatch.undo()
    incidents.reset()  # it is gone
    incidents.flush()
    assert Incident.objects.count() == rows("memory") == 1


@pytest.mark.django_db
def test_a_process_that_hangs_while_it_makes_rows_holds_up_no_other() -> None:
    with turn(".rows"):
        act("memory")
        assert Incident.objects.count() == 0
    incidents.flush()
    assert Incident.objects.count() == rows("memory") == 1


@pytest.mark.django_db
def test_old_files_and_those_that_are_in_the_trail_make_no_second_line(tmp_path: Path) -> None:
    act("memory")
    Incident.objects.all().delete()
    incidents.reset()
    incidents.flush()
    assert Incident.objects.count() == rows("memory") == 1
    (file,) = incidents.folder().glob("*.json")
    file.rename(file.with_name("20200101T000000000000-memory.json"))
    incidents.reset()
    incidents.flush()
    assert Incident.objects.count() == 1


@pytest.mark.django_db
def test_what_a_drill_leaves_behind_is_no_incident(settings: Any) -> None:
    settings.INCIDENT_EMAILS = ["duty@example.org"]
    result = {
        "drill": "D2 echo-pair",
        "rule": "drill echo-pair",
        "passed": True,
        "contained_s": 0.1,
        "bounds": {},
    }
    drill.keep(result | {"runbook": "docs/runbooks/request-loop.md"})
    act("rollback", feature="the-drill-board")  # while it lasts, a real one is opened
    incidents.telling.wait()
    assert len(list(incidents.folder().glob("*.json"))) == 2
    assert [row.rule for row in Incident.objects.all()] == ["rollback"]
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_while_nothing_happens_the_database_is_not_asked(django_assert_num_queries: Any) -> None:
    incidents.flush()
    act("memory")
    incidents.flush()
    with django_assert_num_queries(0):
        for _second in range(10):
            incidents.flush()


@pytest.mark.django_db
def test_a_file_that_was_cut_short_is_left_and_another_one_begun() -> None:
    act("memory")
    (file,) = incidents.folder().glob("*.json")
    file.write_text("{")
    act("memory")
    assert len(list(incidents.folder().glob("*.json"))) == 2


@pytest.mark.django_db
def test_a_full_disk_stops_nothing_and_is_told_once() -> None:
    incidents.folder().write_text("not a folder")
    for number in (1, 2):
        act("memory")
        act("memory")
        assert rows("memory") == Incident.objects.count() == number
        resolve(the_last().uid, "A leak.", by="ada")
    assert incidents.recent() == []
