"""The data of an event, read strictly: it may come from a file that somebody wrote by hand."""

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.utils.translation import gettext as _

from collaboration.changes import iso_ms

UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
RANK = re.compile(r"[0-9a-z]{1,500}")  # half of what a column holds, so that more fits in between
MOST = 10**9  # counts, versions, seconds; a column holds twice as much
MOST_MS = 10**14


Value = TypeVar("Value")


class Damaged(Exception):
    """Something in a log cannot be: a sentence that says what."""


class Facts:
    def __init__(self, data: Any, name: str = "data") -> None:
        if not isinstance(data, dict):
            raise Damaged(_("“%(name)s” has to be an object.") % {"name": name})
        self._data: dict[str, Any] = data

    def __contains__(self, name: str) -> bool:
        return name in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def raw(self, name: str) -> Any:
        if name not in self._data:
            raise Damaged(_("“%(name)s” is missing.") % {"name": name})
        return self._data[name]

    def text(self, name: str, most: int, least: int = 0) -> str:
        value = self.raw(name)
        if not isinstance(value, str) or not least <= len(value) <= most:
            words = _("“%(name)s” has to be text of %(least)s to %(most)s characters.")
            raise Damaged(words % {"name": name, "least": least, "most": most})
        return value

    def whole(self, name: str, least: int = 0, most: int = MOST) -> int:
        value = self.raw(name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Damaged(_("“%(name)s” has to be a whole number.") % {"name": name})
        return value

    def flag(self, name: str) -> bool:
        value = self.raw(name)
        if not isinstance(value, bool):
            raise Damaged(_("“%(name)s” has to be true or false.") % {"name": name})
        return value

    def choice(self, name: str, choices: Collection[str]) -> str:
        value = self.raw(name)
        if not isinstance(value, str) or value not in choices:
            raise Damaged(_("“%(name)s” has a value that is not known.") % {"name": name})
        return value

    def uid(self, name: str) -> str:
        return self._shaped(name, UID)

    def rank(self, name: str) -> str:
        return self._shaped(name, RANK)

    def moment(self, name: str) -> datetime | None:
        if self.raw(name) is None:
            return None
        return self.time(name)

    def time(self, name: str) -> datetime:
        found = self._parsed(name, MOMENT, datetime.fromisoformat)
        if iso_ms(found) != self.raw(name):
            raise Damaged(_("“%(name)s” is not a time.") % {"name": name})
        return found

    def day(self, name: str) -> date | None:
        return None if self.raw(name) is None else self._parsed(name, DAY, date.fromisoformat)

    def after(self, name: str, read: Callable[..., Value], *limits: Any) -> Value:
        """What a change led to. Both sides are read, since an undo goes back to the other one."""
        change = self.part(name)
        read(change, "before", *limits)
        return read(change, "after", *limits)

    def part(self, name: str) -> "Facts":
        return Facts(self.raw(name), name)

    def each(self, name: str) -> list["Facts"]:
        value = self.raw(name)
        if not isinstance(value, list):
            raise Damaged(_("“%(name)s” has to be a list.") % {"name": name})
        return [Facts(one, name) for one in value]

    def person(self, name: str) -> "tuple[UUID, str] | None":
        """Id and name of a person, None for nobody."""
        if self.raw(name) is None:
            return None
        fact = self.part(name)
        return UUID(fact.uid("id")), fact.text("name", 150)

    def _shaped(self, name: str, shape: re.Pattern[str]) -> str:
        value = self.raw(name)
        if not isinstance(value, str) or not shape.fullmatch(value):
            raise Damaged(_("“%(name)s” is not as it has to be.") % {"name": name})
        return value

    def _parsed(self, name: str, shape: re.Pattern[str], parse: Any) -> Any:
        try:
            return parse(self._shaped(name, shape))
        except ValueError as error:
            raise Damaged(_("“%(name)s” is not a time.") % {"name": name}) from error
