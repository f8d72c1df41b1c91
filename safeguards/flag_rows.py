"""What the database says of each flag: whom it names, which share, who left, and since when its stage runs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.utils import timezone

from safeguards.stages import SYNTHETIC

LEFT = "left"  # who added a tester that had enough, or lost it, and is in no share: nobody


@dataclass(frozen=True, slots=True)
class Answer:
    """One flag as of the last refresh. `everyone`: True on for all, False off for all, None the named ones and the
    share, in per cent."""

    everyone: bool | None = False
    people: frozenset[int] = frozenset()
    share: int = 0
    left: frozenset[int] = frozenset()  # within the share, and had enough
    stage: str = ""
    began: datetime | None = None  # when this stage did; None where none runs

    @property
    def is_tested(self) -> bool:
        """Some have it and others do not."""
        return self.everyone is None and bool(self.people or self.share)


def read() -> tuple[dict[str, Any], dict[str, Answer]]:
    """Rows and answers by name: three queries, whatever the number of people, and more only where they are needed."""
    model = apps.get_model("safeguards", "Flag")
    rows = list(model.objects.all())
    people: dict[int, set[int]] = {}
    for flag_id, user_id in model.users.through.objects.values_list("flag_id", "user_id"):
        people.setdefault(flag_id, set()).add(user_id)
    supers = _superusers() if any(row.superusers for row in rows) else set()
    shared = any(row.share for row in rows)
    left, synthetic = (_left(), _synthetic()) if shared else ({}, set())
    began = _began() if any(row.everyone is None for row in rows) else {}
    fresh = {
        row.name: _answer(row, people.get(row.pk, set()), supers, left.get(row.pk, set()) | synthetic, began)
        for row in rows
    }
    return {row.name: row for row in rows}, fresh


def _answer(
    row: Any, people: set[int], supers: set[int], left: set[int], began: dict[int, datetime]
) -> Answer:
    if row.expires_at is not None and row.expires_at <= timezone.now():
        return Answer()
    named = frozenset(people | supers if row.superusers else people)
    return Answer(row.everyone, named, row.share, frozenset(left - people), row.stage, began.get(row.pk))


def _left() -> dict[int, set[int]]:
    gone: dict[int, set[int]] = {}
    rows = apps.get_model("safeguards", "Tester").objects.filter(added_by=LEFT)
    for flag_id, user_id in rows.values_list("flag_id", "user_id"):
        gone.setdefault(flag_id, set()).add(user_id)
    return gone


def _synthetic() -> set[int]:
    """A share is of people. Whoever measures what a test does to the others must not be in it, either."""
    found = get_user_model().objects.filter(username__startswith=SYNTHETIC)
    return set(found.values_list("pk", flat=True))


def _began() -> dict[int, datetime]:
    rows = apps.get_model("safeguards", "StageRun").objects.filter(ended_at=None)
    return dict(rows.values_list("flag_id", "began_at"))


def _superusers() -> set[int]:
    return set(get_user_model().objects.filter(is_superuser=True).values_list("pk", flat=True))
