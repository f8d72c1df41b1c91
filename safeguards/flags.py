"""Who has a feature now: answered from memory, from a snapshot that is never older than a second or two."""

import threading
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Answer:
    """One flag as of the last refresh. `everyone`: True on for all, False off for all, None the named ones."""

    everyone: bool | None = False
    users: frozenset[int] = frozenset()
    superusers: bool = False


_answers: dict[str, Answer] = {}
_flags: dict[str, Any] = {}
_lock = threading.Lock()
_loaded = threading.Event()


def refresh() -> None:
    """Read every flag and its people: two queries, whatever the number of people."""
    model = apps.get_model("safeguards", "Flag")
    rows = list(model.objects.all())
    people: dict[int, set[int]] = {}
    for flag_id, user_id in model.users.through.objects.values_list("flag_id", "user_id"):
        people.setdefault(flag_id, set()).add(user_id)
    fresh = {
        row.name: Answer(row.everyone, frozenset(people.get(row.pk, ())), bool(row.superusers)) for row in rows
    }
    with _lock:
        _answers.clear()
        _answers.update(fresh)
        _flags.clear()
        _flags.update({row.name: row for row in rows})
        _loaded.set()


def forget() -> None:
    """The next question reads again; for tests, and after a fork."""
    _loaded.clear()


def flag(name: str) -> Any:
    """The flag's row as of the last refresh; an unsaved one, off for everybody, when there is none."""
    if not _loaded.is_set():
        refresh()
    found = _flags.get(name)
    return found if found is not None else apps.get_model("safeguards", "Flag")(name=name)


def is_on(feature: str, user_pk: int | None) -> bool:
    """Whether this person was given the feature. Kill switch and breakers are asked separately."""
    if not _loaded.is_set():
        refresh()
    answer = _answers.get(feature)
    if answer is None or user_pk is None:
        return False
    return answer.everyone if answer.everyone is not None else user_pk in answer.users


class SnapshotFlag:
    """waffle's questions, answered from the snapshot: no query, no cookie, no chance, no stale cache."""

    name: str

    @classmethod
    def get(cls, name: str) -> Any:
        return flag(name)

    def is_active(self, request: HttpRequest, read_only: bool = False) -> bool:
        return self.is_active_for_user(getattr(request, "user", None))

    def is_active_for_user(self, user: Any) -> bool:
        return bool(user is not None and user.is_active and is_on(self.name, user.pk))
