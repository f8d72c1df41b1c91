"""What every way back shares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from board.access import Seat
from board.models import User
from board.operations.errors import Conflict
from collaboration.events import Log

Data = dict[str, Any]
Apply = Callable[[Data, Log, Seat], Any]


@dataclass(frozen=True, slots=True)
class Inverse:
    """`apply(data, log, seat)`: `data` of the event to take back, with its seq under `undoes`."""

    apply: Apply
    verb: str


def expect(now: Any, then: Any) -> None:
    """What the change left behind has to be there still; otherwise somebody's later change would be lost."""
    if now != then:
        raise Conflict(_("Somebody changed this since. Nothing was taken back."), current=now, yours=then)


def undoes(data: Data) -> Data:
    return {"undoes": data["undoes"]}


def side(changes: Data, side: str) -> Data:
    return {field: change[side] for field, change in changes.items()}


def swapped(change: Data) -> Data:
    return {"before": change["after"], "after": change["before"]}


def person(fact: Data | None) -> User | None:
    return User.objects.filter(uid=fact["id"]).first() if fact else None
