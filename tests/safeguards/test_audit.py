"""Whoever changes, removes or adds an audit entry behind Parley's back is found."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from safeguards.audit import verify
from safeguards.models import AuditEntry, AuditHead

pytestmark = pytest.mark.django_db
COLUMNS = "at, actor_kind, actor, action, subject, before, after, reason, previous, hash"


@pytest.fixture(autouse=True)
def five() -> list[int]:
    made = [
        AuditEntry.objects.create(
            actor="ada", action="kill.on", subject="live", after={"n": n, "f": 0.1}, reason="é\x1b[1m\nx"
        )
        for n in range(5)
    ]
    return [entry.pk for entry in made]


def sql(text: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def first_broken(capsys: Any) -> str:
    with pytest.raises(SystemExit) as ended:
        call_command("audit", "verify")
    assert ended.value.code == 1
    return capsys.readouterr().err


def test_untouched_it_is_whole(capsys: Any) -> None:
    call_command("audit", "verify")
    mark = f"5:{AuditHead.objects.get().hash}"
    assert capsys.readouterr().out == f"The audit trail is whole: 5 entries. Mark: {mark}\n"
    call_command("audit", "verify", since=mark)


def test_what_was_cut_off_together_with_its_head_is_found_by_an_earlier_mark(
    five: list[int], capsys: Any
) -> None:
    mark = verify().mark
    sql("DELETE FROM safeguards_auditentry WHERE id = %s", five[4])
    sql(
        "UPDATE safeguards_audithead SET entries = 4, "
        "hash = (SELECT hash FROM safeguards_auditentry ORDER BY id DESC LIMIT 1)"
    )
    assert verify().broken == ""
    assert "the mark knows of 5 entries, 4 are there" in verify(mark).broken
    AuditEntry.objects.create(actor="eve", action="kill.off", subject="live")
    assert verify().broken == ""
    assert "the trail was made anew" in verify(mark).broken
    sql("DELETE FROM safeguards_auditentry")
    sql("DELETE FROM safeguards_audithead")
    assert "the mark knows of 5 entries, 0 are there" in verify(mark).broken


@pytest.mark.parametrize("mark", ["five:x", "x"])
def test_what_is_no_mark_is_said(mark: str) -> None:
    with pytest.raises(CommandError, match="earlier `audit verify`"):
        call_command("audit", "verify", since=mark)


def test_an_empty_one_is_whole() -> None:
    sql("DELETE FROM safeguards_auditentry")
    sql("DELETE FROM safeguards_audithead")
    assert (verify().entries, verify().broken) == (0, "")


@pytest.mark.parametrize("column", ["actor", "action", "subject", "reason", "actor_kind"])
def test_changed_text_is_found(five: list[int], capsys: Any, column: str) -> None:
    sql(f"UPDATE safeguards_auditentry SET {column} = 'x' WHERE id = %s", five[2])
    assert f"Entry {five[2]} " in (said := first_broken(capsys))
    assert "was changed" in said


def test_a_changed_value_or_time_is_found(five: list[int], capsys: Any) -> None:
    sql("UPDATE safeguards_auditentry SET after = '{\"n\": 9}' WHERE id = %s", five[3])
    assert f"Entry {five[3]} " in first_broken(capsys)
    sql("UPDATE safeguards_auditentry SET at = '2020-01-01 00:00:00' WHERE id = %s", five[1])
    assert f"Entry {five[1]} " in first_broken(capsys)


def test_one_that_is_missing_in_the_middle_or_at_the_beginning_is_found(five: list[int], capsys: Any) -> None:
    sql("DELETE FROM safeguards_auditentry WHERE id = %s", five[2])
    said = first_broken(capsys)
    assert f"Entry {five[3]} " in said
    assert f"does not follow entry {five[1]}: the entry between them is missing." in said
    sql("DELETE FROM safeguards_auditentry WHERE id = %s", five[0])
    assert "does not follow the beginning" in first_broken(capsys)


def test_one_that_is_missing_at_the_end_is_found(five: list[int], capsys: Any) -> None:
    sql("DELETE FROM safeguards_auditentry WHERE id = %s", five[4])
    assert "The end is missing: 1 of 5 entries" in first_broken(capsys)
    sql("DELETE FROM safeguards_auditentry")
    assert "The end is missing: 5 of 5 entries" in first_broken(capsys)


def test_one_that_was_inserted_is_found(five: list[int], capsys: Any) -> None:
    copy = f"INSERT INTO safeguards_auditentry ({COLUMNS}) SELECT {COLUMNS} FROM safeguards_auditentry WHERE id = %s"
    sql(copy, five[1])
    assert "the order was changed, or an entry was inserted" in first_broken(capsys)


def test_a_forged_one_with_a_right_hash_is_found_at_the_head(five: list[int], capsys: Any) -> None:
    forged = AuditEntry(actor="eve", action="kill.off", subject="live", previous=AuditHead.objects.get().hash)
    forged.hash = forged.digest()
    sql(
        f"INSERT INTO safeguards_auditentry ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, NULL, NULL, '', %s, %s)",
        forged.at,
        "user",
        "eve",
        "kill.off",
        "live",
        forged.previous,
        forged.hash,
    )
    assert "not the one that was written last: 5 were written" in first_broken(capsys)


def test_two_that_changed_places_are_found(five: list[int], capsys: Any) -> None:
    sql("UPDATE safeguards_auditentry SET id = %s WHERE id = %s", five[4] + 100, five[1])
    said = first_broken(capsys)
    assert f"Entry {five[2]} " in said
    assert "the order was changed" in said


def test_a_changed_head_is_found(capsys: Any) -> None:
    sql("UPDATE safeguards_audithead SET hash = 'x'")
    assert "not the one that was written last" in first_broken(capsys)


def test_the_list_names_the_last_ones_of_a_subject_each_on_a_line(capsys: Any) -> None:
    AuditEntry.objects.create(actor="bo", action="rollout.off", subject="live_board")
    call_command("audit", "list", "--limit", "3")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert "bo rollout.off live_board" in lines[0]
    assert "\x1b" not in lines[1]
    call_command("audit", "list", "--subject", "live")
    assert len(capsys.readouterr().out.splitlines()) == 5
    with pytest.raises(CommandError, match="whole number"):
        call_command("audit", "list", "--limit", "0")
