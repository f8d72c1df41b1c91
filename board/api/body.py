"""What a request says, read strictly: one flat JSON object whose every field is known and of its type."""

import json
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from board.api.problems import Malformed, NoKey, TooBig, WrongContentType
from board.operations.errors import Invalid, wrong

MAX_BYTES = 64 * 1024
MAX_DEPTH = 8  # every body is flat; deeper ones are noise or an attack on the parser
UID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NUMBER = re.compile(r"[0-9]{1,15}")
STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
BRACKETS = re.compile(r"[\[\]{}]")

Reader = Callable[[Any, str], Any]
Fields = dict[str, Reader]


def check_envelope(request: HttpRequest) -> None:
    """Size and type of a write's body, before anything reads it."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > MAX_BYTES:
        raise TooBig
    if length != "0" and request.content_type != "application/json":
        raise WrongContentType


def idempotency_key(request: HttpRequest) -> UUID:
    key = request.headers.get("Idempotency-Key", "").strip()
    if not UID.fullmatch(key):
        raise NoKey
    return UUID(key)


def read(request: HttpRequest, required: Fields, optional: Fields | None = None) -> dict[str, Any]:
    """The fields of the body, each as its reader gives it. Raises Invalid naming every wrong field."""
    known = required | (optional or {})
    sent = parse(request.body) if request.body or required else {}
    errors = {name: _("Unknown field. Known here: %s.") % (", ".join(known) or "-") for name in sent.keys() - known}
    errors |= {name: _("This field is missing.") for name in required.keys() - sent.keys()}
    fields: dict[str, Any] = {}
    for name in known.keys() & sent.keys():
        try:
            fields[name] = known[name](sent[name], name)
        except Invalid as invalid:
            errors[name] = invalid.detail
    if errors:
        name = min(errors)
        raise Invalid(f"{name[:80]}: {errors[name]}", fields=errors)
    return fields


def exactly_one(fields: dict[str, Any]) -> tuple[str, Any]:
    """The one field of a request that changes one thing."""
    if len(fields) != 1:
        raise Invalid(_("Change exactly one field in one request."))
    return next(iter(fields.items()))


def parse(raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_BYTES:
        raise TooBig
    try:
        source = raw.decode("utf-8")
        _refuse_depth(source)
        value = json.loads(source, object_pairs_hook=_once_each, parse_constant=_no_constant)
    except ValueError as error:
        raise Malformed from error
    if not isinstance(value, dict):
        raise Malformed(_("Send one JSON object, as in {}."))
    return value


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
        raise wrong(name, _("%(name)s has to be a whole number from %(low)s to %(high)s.") % vars_of(name, low, high))
    return int(given)


def vars_of(name: str, low: int, high: int) -> dict[str, Any]:
    return {"name": name, "low": low, "high": high}


def _refuse_depth(source: str) -> None:
    depth = 0
    for bracket in BRACKETS.findall(STRINGS.sub("", source)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise Malformed(_("The JSON is nested too deeply. Send one flat object."))


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        _refuse_halves(name, value)
        if name in found:
            raise Malformed(_("The field %s is there twice. Send it once.") % name[:80])
        found[name] = value
    return found


def _refuse_halves(*values: Any) -> None:
    """A lone surrogate, half of a character, cannot be stored or sent on."""
    for value in values:
        if isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError as error:
                raise Malformed(_("The text contains half of a character. Remove it and send it again.")) from error


def _no_constant(name: str) -> Any:
    raise Malformed(_("%s is not JSON. Send a number, text, true, false or null.") % name)
