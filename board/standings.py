"""What each stream's person gets of the indicators now, and whether others see them: asked each second, in memory."""

from typing import Any

from board.live import CURSORS, PRESENCE
from board.models import User
from collaboration.authority import Standing
from collaboration.stream import Ticket
from safeguards import admission

_shown: dict[str, bool] = {}  # seat -> as of the last check of all open streams


def display(user: User) -> dict[str, str]:
    """How others see this person in a roster."""
    return {"name": user.name, "initials": user.initials, "hue": user.hue_class}


def remember(shown: dict[str, bool]) -> None:
    """Roles and wishes change while streams are open; `shown` covers every open stream of the process."""
    global _shown
    _shown = shown


def standing(ticket: Ticket) -> Standing:
    user: Any = ticket.user
    seat = f"seat:{user.pk}:{ticket.channel.removeprefix('board-')}"
    return Standing(
        presence=admission.may_be_live(PRESENCE, user.pk).allowed,
        cursors=admission.may_be_live(CURSORS, user.pk).allowed,
        shown=_shown.get(seat, ticket.shown),
    )
