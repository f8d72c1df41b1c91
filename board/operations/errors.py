"""Why a write was refused: a type for programs, a sentence for people, a status for HTTP."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collaboration.models import CollaborationEvent


class Refused(Exception):
    """A write that was not carried out. `extra` goes into the answer: JSON only."""

    status = 422
    type = "invalid"
    default: Any = gettext_lazy("This cannot be done.")

    def __init__(self, detail: str = "", **extra: Any) -> None:
        self.detail = detail or str(self.default)
        self.extra = extra
        super().__init__(self.detail)


class NotFound(Refused):
    status = 404
    type = "not-found"
    default = gettext_lazy("There is nothing here, or it is not yours to see.")


class Forbidden(Refused):
    status = 403
    type = "forbidden"
    default = gettext_lazy("Your role on this board does not allow this. Ask a facilitator or the owner.")


class Archived(Forbidden):
    type = "archived"
    default = gettext_lazy(
        "This board is archived. Its owner can bring it back; then it can be changed again."
    )


class Invalid(Refused):
    """`fields` in `extra`: field name -> sentence."""


class KeyReused(Invalid):
    type = "key-reused"
    default = gettext_lazy(
        "This request id was used for another request. Send the new request with a new id."
    )


class Conflict(Refused):
    """`current` and `yours` in `extra`: what the fields are now, and what was asked for."""

    status = 409
    type = "conflict"
    default = gettext_lazy("Somebody changed this since you opened it. Nothing was overwritten.")


class AlreadyUndone(Refused):
    status = 409
    type = "already-undone"
    default = gettext_lazy("This change is already undone.")


class LastOwner(Refused):
    status = 409
    type = "last-owner"
    default = gettext_lazy("A board needs an owner. Make somebody else owner first.")


class SessionState(Refused):
    status = 409
    type = "session-state"


class Gone(Refused):
    status = 410
    type = "gone"
    default = gettext_lazy("The log no longer goes back that far. Get the board and go on from its seq.")


class Unreadable(Refused):
    status = 400
    type = "malformed"
    default = gettext_lazy(
        "The server could not read this form: it is damaged, in an unknown encoding, or has over 100 fields. "
        "Go back, reload the page and send it again."
    )


class FileTooBig(Refused):
    status = 413
    type = "too-big"
    default = gettext_lazy(
        "This file is too big for a form. Ask an admin to use: manage.py import_board FILE."
    )


class TooMany(Refused):
    """`retry_after` in `extra`: seconds, also sent as the Retry-After header."""

    status = 429
    type = "rate-limit"
    default = gettext_lazy("That was too often in a short time. Wait a moment and try again.")


class Loop(Refused):
    status = 409
    type = "loop"
    default = gettext_lazy("This write reacts to a reaction to a reaction. The chain was cut here.")


class Repeated(Exception):
    """This request was carried out before; not an error."""

    def __init__(self, event: CollaborationEvent) -> None:
        super().__init__(str(event))
        self.event = event


def wrong(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, fields={field: sentence})


def unknown_zone() -> Invalid:
    return wrong("zone", _("This zone is not on this board. Choose one of the board's zones."))
