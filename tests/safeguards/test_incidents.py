"""What a safeguard did by itself is on file once, and in the audit trail once."""

import os
from typing import Any

import pytest

from safeguards import incidents
from safeguards.models import AuditEntry


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


@pytest.mark.django_db
def test_what_another_process_began_goes_on() -> None:
    act("memory", share=0.9)
    incidents.reset()  # a process that knows nothing of it
    act("memory", share=0.95)
    (told,) = incidents.recent()
    assert len(told["timeline"]) == 2
    assert rows("memory") == 1


@pytest.mark.django_db
def test_later_it_is_another_one() -> None:
    act("memory")
    (file,) = incidents.folder().glob("*.json")
    before = file.stat().st_mtime - incidents.SAME_SECONDS
    os.utime(file, (before, before))
    incidents.reset()
    act("memory")
    assert len(incidents.recent()) == rows("memory") == 2


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
    act("memory")
    act("memory")
    assert rows("memory") == 1
    assert incidents.recent() == []
