"""The shortcut of the chores: flags are read again when anybody has committed anything, and only then."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from safeguards import flag_rows, flags, rollout
from safeguards.models import Flag
from safeguards.resources import commits
from tests.support.cast import Cast

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite tells for less than three queries"),
]
NAME = "live_board"


class Undone(Exception):
    pass


@pytest.fixture(autouse=True)
def known() -> Iterator[None]:
    """The flags as the chores know them, nothing written since."""
    flags.forget()
    flags.follow()
    yield
    commits.close()
    flags.forget()


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Each time that all flags were read."""
    made, refresh = list[object](), flags.refresh
    monkeypatch.setattr(flags, "refresh", lambda seen=None: (made.append(seen), refresh(seen)))
    return made


def elsewhere(statement: str) -> None:
    """By somebody who knows nothing of this program."""
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as database, database:
        database.execute(statement)


def test_while_nothing_is_written_nothing_is_read(readings: list[object]) -> None:
    for _ in range(5):
        flags.follow()
    assert readings == []


def test_what_a_shell_writes_is_seen_by_the_next_round(readings: list[object]) -> None:
    for everyone, count in ((1, 1), (0, 2)):
        elsewhere(f"UPDATE safeguards_flag SET everyone = {everyone} WHERE name = '{NAME}'")
        flags.follow()
        flags.follow()
        assert flags.is_on(NAME, 1) is bool(everyone)
        assert len(readings) == count


@pytest.mark.parametrize(
    "take",
    [
        lambda flag, owner: flag.users.clear(),
        lambda flag, owner: owner.flag_set.clear(),
        lambda flag, owner: Flag.objects.filter(pk=flag.pk).update(everyone=False),
        lambda flag, owner: Flag.objects.filter(pk=flag.pk).delete(),
        lambda flag, owner: elsewhere("DELETE FROM safeguards_flag_users"),
    ],
    ids=["clear", "clear-from-the-person", "update", "delete", "sql"],
)
def test_a_feature_that_is_taken_away_by_whatever_way_is_gone(
    cast: Cast, take: Callable[[Flag, Any], None]
) -> None:
    flag = Flag.objects.get(name=NAME)
    flag.users.add(cast.owner)
    flags.follow()
    assert flags.is_on(NAME, cast.owner.pk)
    take(flag, cast.owner)
    flags.follow()
    assert not flags.is_on(NAME, cast.owner.pk)


def test_an_operation_of_this_process_is_seen(cast: Cast) -> None:
    rollout.add(NAME, "owner", actor="admin")
    flags.follow()
    assert flags.is_on(NAME, cast.owner.pk)


def test_what_is_written_while_it_is_read_is_seen_by_the_next_round(monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere(f"UPDATE safeguards_flag SET everyone = 1 WHERE name = '{NAME}'")
    began = flag_rows._began

    def overtaken() -> Any:
        elsewhere(f"UPDATE safeguards_flag SET everyone = 0 WHERE name = '{NAME}'")
        return began()

    monkeypatch.setattr(flag_rows, "_began", overtaken)
    flags.follow()
    assert flags.is_on(NAME, 1)  # the row had been read before
    flags.follow()
    assert not flags.is_on(NAME, 1)


def test_what_somebody_read_and_then_undid_does_not_stay() -> None:
    with pytest.raises(Undone), transaction.atomic():
        Flag.objects.filter(name=NAME).update(everyone=True)
        flags.refresh()
        assert flags.is_on(NAME, 1)
        raise Undone
    flags.follow()
    assert not flags.is_on(NAME, 1)


def test_a_last_day_comes_without_anybody_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    Flag.objects.filter(name=NAME).update(everyone=True, expires_at=now + timedelta(hours=1))
    flags.follow()
    for hours, on in ((0, True), (2, False), (0, True)):  # also when the clock is put back
        monkeypatch.setattr(timezone, "now", lambda hours=hours: now + timedelta(hours=hours))
        flags.follow()
        assert flags.is_on(NAME, 1) is on


def test_another_file_in_its_place_is_another_mark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for file in (first, second):
        with closing(sqlite3.connect(file)) as database, database:
            database.execute("CREATE TABLE one (two INTEGER)")
    monkeypatch.setitem(connection.settings_dict, "NAME", str(first))
    commits.mark()  # the first connection turns the file's journal over
    before = commits.mark()
    assert commits.mark() == before
    second.rename(first)
    assert commits.mark() != before
    before = commits.mark()
    with closing(sqlite3.connect(first)) as database, database:
        database.execute("INSERT INTO one VALUES (1)")
    assert commits.mark() != before


def test_a_database_that_does_not_answer_is_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before = commits.mark()

    def dead(*_args: Any) -> Any:
        raise DatabaseError("no database")

    with monkeypatch.context() as broken:
        broken.setattr("django.db.backends.utils.CursorWrapper._execute", dead)
        with pytest.raises(DatabaseError):
            flags.follow()
    assert commits.mark() not in {None, before}


def test_where_the_database_does_not_tell_every_round_reads(
    monkeypatch: pytest.MonkeyPatch, readings: list[object]
) -> None:
    monkeypatch.setattr(connection, "vendor", "postgresql")
    for _ in range(2):
        flags.follow()
    assert len(readings) == 2
