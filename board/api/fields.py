"""One value of a request each: what it has to be, and the sentence when it is not."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from board.operations.errors import wrong

UID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NUMBER = re.compile(r"[0-9]{1,15}")

MOST = 100  # ids in one list

Reader = Callable[[Any, str], Any]


def text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise wrong(name, _("This has to be text."))
    if "\x00" in value:
        raise wrong(name, _("The text contains a NUL character. Remove it and send it again."))
    return value


def text_or_null(value: Any, name: str) -> str | None:
    return None if value is None else text(value, name)


def uid(value: Any, name: str) -> UUID:
    if not isinstance(value, str) or not UID.fullmatch(value):
        raise wrong(name, _("This has to be an id: a UUID such as a board's answer contains."))
    return UUID(value)


def uid_or_null(value: Any, name: str) -> UUID | None:
    return None if value is None else uid(value, name)


def uids(value: Any, name: str) -> list[UUID]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST:
        raise wrong(name, _("This has to be a list of 1 to 100 ids."))
    return [uid(each, name) for each in value]


def whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**15:
        raise wrong(name, _("This has to be a whole number from 1."))
    return value


def yes_or_no(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise wrong(name, _("This has to be true or false."))
    return value


def number_in_query(request: HttpRequest, name: str, default: int, low: int, high: int) -> int:
    given = request.GET.get(name)
    if given is None:
        return default
    if not NUMBER.fullmatch(given) or not low <= int(given) <= high:
        raise wrong(
            name,
            _("%(name)s has to be a whole number from %(low)s to %(high)s.")
            % {"name": name, "low": low, "high": high},
        )
    return int(given)
