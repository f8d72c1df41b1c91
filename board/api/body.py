"""What a request says, read strictly: one flat JSON object whose every field is known and of its type."""

import json
import re
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from board.api.fields import UID, Reader
from board.api.problems import Malformed, NoKey, TooBig, WrongContentType
from board.operations.errors import Invalid

MAX_BYTES = 64 * 1024
MAX_DEPTH = 8  # every body is flat; deeper ones are noise or an attack on the parser
SHORT, FEW = 80, 10  # how much of a wrong body an answer repeats
# Possessive, and content with a missing end: one pass, whatever the text.
STRINGS = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
BRACKETS = re.compile(r"[\[\]{}]")

Fields = dict[str, Reader]


def check_envelope(request: HttpRequest) -> None:
    """Size and type of a write's body, before anything reads it."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()) or int(length) > MAX_BYTES:
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
    if (request.body or required) and request.content_type != "application/json":
        raise WrongContentType
    sent = parse(request.body) if request.body or required else {}
    values: dict[str, Any] = {}
    errors = _unknown(sent, known) | {
        name: _("This field is missing.") for name in required.keys() - sent.keys()
    }
    for name in known.keys() & sent.keys():
        try:
            values[name] = known[name](sent[name], name)
        except Invalid as invalid:
            errors[name] = invalid.detail
    if errors:
        name = min(errors)
        raise Invalid(f"{name}: {errors[name]}", fields=errors)
    return values


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


def _unknown(sent: dict[str, Any], known: Fields) -> dict[str, str]:
    names = ", ".join(known)
    words = _("Unknown field. Known here: %s.") % names if names else _("No fields are known here.")
    return {name[:SHORT]: words for name in sorted(sent.keys() - known)[:FEW]}


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
            raise Malformed(_("The field %s is there twice. Send it once.") % name[:SHORT])
        found[name] = value
    return found


def _refuse_halves(*values: Any) -> None:
    """A lone surrogate, half of a character, cannot be stored or sent on."""
    for value in values:
        if isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError as error:
                raise Malformed(
                    _("The text contains half of a character. Remove it and send it again.")
                ) from error


def _no_constant(name: str) -> Any:
    raise Malformed(_("%s is not JSON. Send a number, text, true, false or null.") % name)
