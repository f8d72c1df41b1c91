"""What people do with an incident: audited, once, and refused in a sentence where it makes no sense."""

from typing import Any
from uuid import uuid4

import pytest

from safeguards.incidents import operations as do
from safeguards.models import AuditEntry, Incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident() -> Incident:
    return do.declare("Boards are slow", "Three people called", by="ada", uid=uuid4())


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def test_from_declared_to_resolved_each_step_is_audited(incident: Incident) -> None:
    do.note(incident.uid, "It began at noon", by="bo")
    do.acknowledge(incident.uid, by="bo")
    do.resolve(incident.uid, "A disk was full.", by="ada")
    incident.refresh_from_db()
    assert (incident.status, incident.acknowledged_by, incident.resolved_by) == ("resolved", "bo", "ada")
    assert (incident.rule, incident.opened_by, incident.summary) == ("", "ada", "A disk was full.")
    assert actions() == ["incident.declare", "incident.note", "incident.acknowledge", "incident.resolve"]
    last = AuditEntry.objects.first()
    assert last is not None
    assert (last.subject, last.before, last.after) == (
        f"incident:{incident.uid}",
        {"status": "acknowledged"},
        {"status": "resolved"},
    )


def test_done_twice_is_done_once(incident: Incident) -> None:
    again = do.declare("Boards are slow", "Three people called", by="ada", uid=incident.uid)
    assert again.pk == incident.pk
    for _time in range(2):
        do.note(incident.uid, "It began at noon", by="bo")
        do.acknowledge(incident.uid, by="bo")
    do.acknowledge(incident.uid, by="ada")
    for _time in range(2):
        do.resolve(incident.uid, "A disk was full.", by="ada")
    incident.refresh_from_db()
    assert incident.acknowledged_by == "bo"
    assert incident.notes.count() == Incident.objects.count() == 1
    assert len(actions()) == 4


def test_an_open_one_may_be_resolved_at_once_and_noted_afterwards(incident: Incident) -> None:
    do.resolve(incident.uid, "Nothing was wrong.", by="ada")
    do.note(incident.uid, "It was the network.", by="ada")
    assert actions()[1:] == ["incident.resolve", "incident.note"]


@pytest.mark.parametrize(
    "act",
    [
        lambda uid: do.acknowledge(uid, by="bo"),
        lambda uid: do.resolve(uid, "Something else.", by="bo"),
    ],
)
def test_what_is_resolved_stays_so(incident: Incident, act: Any) -> None:
    do.resolve(incident.uid, "A disk was full.", by="ada")
    with pytest.raises(do.NotPossible, match=r"^ada has resolved it already\. .+\.$"):
        act(incident.uid)
    incident.refresh_from_db()
    assert (incident.status, incident.summary) == ("resolved", "A disk was full.")
    assert len(actions()) == 2


@pytest.mark.parametrize("text", ["", "  \n ", "\x00\x07", "x" * (do.TEXT + 1)])
def test_nothing_and_too_much_is_refused_in_a_sentence(incident: Incident, text: str) -> None:
    for act in (
        lambda: do.note(incident.uid, text, by="bo"),
        lambda: do.resolve(incident.uid, text, by="bo"),
        lambda: do.declare("Title", text, by="bo", uid=uuid4()),
        lambda: do.declare(text, "Reason", by="bo", uid=uuid4()),
    ):
        with pytest.raises(do.NotPossible, match=r"\.$"):
            act()
    assert actions() == ["incident.declare"]


def test_control_characters_are_left_out_and_lines_kept(incident: Incident) -> None:
    do.note(incident.uid, " one\r\ntwo\x00\x1b[31m\tthree ", by="bo")
    assert incident.notes.get().text == "one\ntwo[31m\tthree"
