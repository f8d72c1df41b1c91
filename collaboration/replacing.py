"""One stream per person, browser and board, in whatever process it is: a newer one replaces the older."""

from typing import Any

from collaboration.replacements import Place
from safeguards.causes import causes
from safeguards.identity import browser_key
from safeguards.rollout import contracts


def place_of(ticket: Any) -> Place | None:
    """Where it is the only one, as other processes may be told; None for a program, which has no browser."""
    return Place(ticket.person, browser_key(ticket.browser), ticket.channel) if ticket.browser else None


def replace(hub: Any, place: Place | None, opened_at: float, *, again: bool) -> None:
    """A stream was opened at `place`, here or elsewhere, at `opened_at` (epoch seconds, infinite for now): those from before
    it end.

    `again`: it follows one that was lost."""
    if place is None:
        return
    for other in list(hub.streams):
        if other.place == place and other.opened_at < opened_at:
            if not (again or other.is_ending):
                _count(hub, place, other.ticket)
            other.bye("replaced", None)


def _count(hub: Any, place: Place, ticket: Any) -> None:
    """A network that comes and goes, a page that is loaded again and a tab that takes over replace streams too; a page
    that mounts itself twice does it without any of these."""
    pages = causes.pages(ticket.key, ticket.browser)
    if count := hub.replacements.add(place, pages):
        contracts.violated(
            ticket.user.pk,
            "double-stream",
            {"replaced": count, "pages": pages, "browser": place.browser},
        )
