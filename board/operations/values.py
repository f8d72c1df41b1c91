"""Values people send, checked once for forms and API alike; each raises Invalid with a sentence."""

from datetime import date
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from board.models import ALIASES, Kind, Role
from board.operations.errors import wrong

NAME_LENGTH = 120
BODY_LENGTH = 4000
STATEMENT_LENGTH = 400


def name(value: Any, field: str = "name", *, required: bool = True) -> str:
    cleaned = _text(value, field).strip()
    if (required or cleaned) and not _is_seen(cleaned):
        raise wrong(field, _("Give it a name: 1 to 120 characters."))
    if len(cleaned) > NAME_LENGTH:
        raise wrong(field, _("This name is too long: use at most 120 characters."))
    return " ".join(cleaned.split())


def body(value: Any) -> str:
    cleaned = _text(value, "body").replace("\r\n", "\n").replace("\r", "\n").strip()
    if not _is_seen(cleaned):
        raise wrong("body", _("Write something first: a card needs 1 to 4,000 characters."))
    if len(cleaned) > BODY_LENGTH:
        raise wrong("body", _("This is too long for one card: use at most 4,000 characters, or two cards."))
    return cleaned


def kind(value: Any) -> str:
    known = ALIASES.get(value, value) if isinstance(value, str) else value
    if known not in Kind.values:
        raise wrong("kind", _("Unknown kind. Use topic, question, claim, fact, guess or opinion."))
    return str(known)


def choice(value: Any, field: str, choices: type[TextChoices]) -> str:
    if value not in choices.values:
        words = ", ".join(str(known) for known in choices.values)
        raise wrong(field, _("Unknown value. Use one of: %(words)s.") % {"words": words})
    return str(value)


def statement(value: Any) -> str:
    cleaned = " ".join(_text(value, "statement").split())
    if not _is_seen(cleaned):
        raise wrong("statement", _("Say in one sentence how it ended: 1 to 400 characters."))
    if len(cleaned) > STATEMENT_LENGTH:
        raise wrong("statement", _("This is longer than one sentence: use at most 400 characters."))
    return cleaned


def reason(value: Any) -> str:
    cleaned = " ".join(_text(value, "reason").split())
    if not _is_seen(cleaned):
        raise wrong("reason", _("Say why it is parked: 1 to 120 characters."))
    if len(cleaned) > NAME_LENGTH:
        raise wrong("reason", _("This reason is too long: use at most 120 characters."))
    return cleaned


def day(value: Any, field: str) -> date | None:
    """An ISO day such as 2031-05-24; empty or None for no day."""
    if not value:
        return None
    try:
        return date.fromisoformat(_text(value, field))
    except ValueError as error:
        raise wrong(field, _("This has to be a day such as 2031-05-24, or nothing.")) from error


def role(value: Any) -> str:
    if value not in Role.values:
        raise wrong("role", _("Unknown role. Use owner, facilitator, participant or observer."))
    return str(value)


def version(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**31:
        raise wrong(
            "base_version", _("base_version is the card's version that you saw: a whole number from 1.")
        )
    return value


def seen(base_version: int, version: int) -> None:
    """Nobody has seen a version that is not there yet: it would overwrite without a conflict."""
    if base_version > version:
        raise wrong("base_version", _("This version does not exist yet. Reload, and send the change again."))


def _is_seen(text: str) -> bool:
    """Something of it can be seen: not only spaces, marks of direction and the like."""
    return any(sign.isprintable() and not sign.isspace() for sign in text)


def _text(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise wrong(field, _("This has to be text."))
    if "\x00" in value:
        raise wrong(field, _("The text contains a NUL character. Remove it and send it again."))
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise wrong(
            field, _("The text contains half of a character. Remove it and send it again.")
        ) from error
    return value
