"""Unsent drafts of everybody are in a bag, and go back to their owners: seen before, audited after."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from board.models import Draft
from board.operations import remove_member
from board.operations.drafts import put_back, save_draft
from safeguards import bags
from safeguards.bags import form
from safeguards.models import AuditEntry
from tests.safeguards.bagged import everything, lines
from tests.support.cast import Cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_home")]
EDIT = f"edit-{uuid4()}"
SECRET = "https://hooks.example/services/very-secret"


@pytest.fixture
def name(cast: Cast) -> str:
    """The bag of a moment when two people were writing; afterwards nothing of it is left."""
    save_draft(cast.board.slug, cast.owner, "session", "What we know")
    save_draft(cast.board.slug, cast.participant, "session", "Half a thought")
    save_draft(cast.board.slug, cast.participant, EDIT, edit(f"see {SECRET}"))
    sealed = bags.seal("by-hand").name
    Draft.objects.all().delete()
    return sealed


def edit(body: str) -> str:
    """As the browser keeps one."""
    now = {"body": body, "kind": "fact", "assignee": ""}
    told = {"base": "1", "before": {**now, "body": "Grüße"}, "now": now}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def restore(capsys: pytest.CaptureFixture[str], name: str, *more: str) -> str:
    call_command("bag", "restore", name, "--only", "drafts", *more)
    return capsys.readouterr().out


def apply(capsys: pytest.CaptureFixture[str], name: str) -> str:
    return restore(capsys, name, "--apply", "--reason", "their browsers were cleared")


def texts(cast: Cast, who: str) -> dict[str, str]:
    return dict(Draft.objects.filter(person=cast.named(who)).values_list("place", "text"))


def test_drafts_of_everybody_are_in_the_bag_without_secrets(cast: Cast, name: str) -> None:
    bag = bags.find(name)
    rows = {(row["name"], row["place"]): row for row in lines(bag, "drafts.jsonl")}
    assert set(rows) == {("owner", "session"), ("participant", "session"), ("participant", EDIT)}
    row = rows["participant", "session"]
    assert (row["text"], row["board"], row["person"]) == (
        "Half a thought",
        cast.board.slug,
        str(cast.participant.uid),
    )
    assert "very-secret" not in everything(bag)
    assert "Cut" not in form.info(bag) and "Missing" not in form.info(bag)


def test_expired_drafts_are_not_in_the_bag(cast: Cast) -> None:
    save_draft(cast.board.slug, cast.owner, "session", "Long ago")
    Draft.objects.update(updated_at=timezone.now() - timedelta(days=31))
    assert lines(bags.seal("by-hand"), "drafts.jsonl") == []


def test_a_preview_says_whose_and_changes_nothing(
    cast: Cast, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = restore(capsys, name)
    assert "Drafts: 3 would be given back to 2 people, 0 left out." in told
    assert f"participant on {cast.board.slug}, session, 14 characters" in told
    assert "Half a thought" not in told and "Nothing was changed" in told
    assert not Draft.objects.exists()


def test_each_gets_their_own_back_with_one_audit_line(
    cast: Cast, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "3 given back to 2 people" in apply(capsys, name)
    assert texts(cast, "owner") == {"session": "What we know"}
    mine = texts(cast, "participant")
    assert mine == {"session": "Half a thought", EDIT: edit("see [removed]")}
    (line,) = AuditEntry.objects.filter(action="drafts.restore")
    assert (line.subject, line.reason) == (name, "their browsers were cleared")
    assert line.after == {"given": 3, "left": 0, "people": ["owner", "participant"]}
    assert "0 given back, 3 left out" in apply(capsys, name)
    assert AuditEntry.objects.filter(action="drafts.restore").count() == 1


def test_what_somebody_typed_since_stays(cast: Cast, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    save_draft(cast.board.slug, cast.participant, "session", "Newer")
    assert "has a newer one, which stays" in restore(capsys, name)
    apply(capsys, name)
    assert texts(cast, "participant")["session"] == "Newer"


def test_what_is_still_there_keeps_what_looks_like_a_secret(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    save_draft(cast.board.slug, cast.owner, "session", f"see {SECRET}")
    name = bags.seal("by-hand").name
    assert f"see {SECRET}" not in everything(bags.find(name))
    assert ": is there" in restore(capsys, name)
    apply(capsys, name)
    assert texts(cast, "owner") == {"session": f"see {SECRET}"}
    (row,) = lines(bags.find(name), "drafts.jsonl")
    draft = Draft(person=cast.owner, board=cast.board, place="session", text=row["text"])
    assert not put_back(draft, datetime.fromisoformat(row["at"]))


def test_what_is_overwritten_is_said_before(
    cast: Cast, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    save_draft(cast.board.slug, cast.participant, "session", "Older")
    Draft.objects.update(updated_at=timezone.now() - timedelta(hours=1))
    assert ", over 5 characters of " in restore(capsys, name)
    apply(capsys, name)
    assert texts(cast, "participant")["session"] == "Half a thought"
    assert not Draft.objects.filter(updated_at__lt=timezone.now() - timedelta(minutes=1)).exists()


def test_who_is_gone_gets_nothing_and_neither_does_their_namesake(
    cast: Cast, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    remove_member(cast.board.slug, cast.owner, uuid4(), "participant")
    type(cast.owner).objects.filter(pk=cast.stranger.pk).update(username="somebody")
    cast.owner.uid = uuid4()
    cast.owner.save()
    told = apply(capsys, name)
    assert "0 given back, 3 left out" in told and told.count("not on this board any more") == 3
    assert not Draft.objects.exists()
    assert not AuditEntry.objects.filter(action="drafts.restore").exists()


def test_flags_stay_when_only_drafts_are_asked_for(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Flags" not in restore(capsys, name)
    call_command("bag", "restore", name, "--only", "flags")
    told = capsys.readouterr().out
    assert "Flags" in told and "Drafts" not in told
    with pytest.raises(CommandError, match="Say why"):
        call_command("bag", "restore", name, "--only", "drafts", "--apply")


@pytest.mark.parametrize(
    "change",
    [
        {"place": "composer-x"},
        {"person": "ada"},
        {"at": "yesterday"},
        {"at": "2026-01-01T00:00:00"},
        {"text": "x" * 20_001},
        {"text": None, "at": None},
        {"person": 7},
    ],
)
def test_a_bag_from_elsewhere_with_rubbish_gives_nothing_back(name: str, change: dict[str, Any]) -> None:
    bag = bags.find(name)
    rows = lines(bag, "drafts.jsonl")
    rows[-1] |= change
    (bag / "data" / "drafts.jsonl").write_text("\n".join(map(json.dumps, rows)))
    form.close(bag, [])
    copy = "20260101T000000000000Z-copy"
    bag.rename(bag.with_name(copy))
    with pytest.raises(CommandError, match="damaged"):
        call_command("bag", "restore", copy, "--trust", "--apply", "--reason", "x")
    assert not Draft.objects.exists()


def test_what_was_cut_is_said(cast: Cast, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    bag = bags.find(name)
    with (bag / "data" / "drafts.jsonl").open("a") as file:
        file.write('{"cut": 7}\n')
    form.close(bag, [])
    bag.rename(bag.with_name("20260101T000000000000Z-copy"))
    told = restore(capsys, "20260101T000000000000Z-copy", "--trust")
    assert "7 more were cut from the bag" in told
