"""Reactions that mean something: agree, unclear, needs a source, off topic."""

from typing import Any
from uuid import UUID

from board.models import Card, Reaction, User
from board.operations import values
from board.operations.base import Done, once, slug_of, writing
from board.operations.cards import card_on
from collaboration.events import Log


@once
def add_reaction(card: UUID, by: User, mid: UUID, reaction: str, slug: str = "") -> Done:
    key = values.choice(reaction, "reaction", Reaction.Key)
    with writing(slug or slug_of("card", card), by, mid, "edit_card") as (log, seat):
        on = card_on(seat, card)
        return Done(react(on, by, key, log), on)


@once
def remove_reaction(card: UUID, by: User, mid: UUID, reaction: str, slug: str = "") -> Done:
    key = values.choice(reaction, "reaction", Reaction.Key)
    with writing(slug or slug_of("card", card), by, mid, "edit_card") as (log, seat):
        on = card_on(seat, card)
        return Done(take_back(on, by, key, log), on)


def react(card: Card, by: User, key: str, log: Log, **data: Any) -> Any:
    """Also when it is there already: a write that changes nothing is still one event."""
    before = Reaction.objects.filter(card=card, user=by, key=key).exists()
    if not before:
        Reaction.objects.create(card=card, user=by, key=key)
    return log("reaction.added", **about(card, key, before=before, after=True), **data)


def take_back(card: Card, by: User, key: str, log: Log, **data: Any) -> Any:
    gone, _each = Reaction.objects.filter(card=card, user=by, key=key).delete()
    return log("reaction.removed", **about(card, key, before=bool(gone), after=False), **data)


def about(card: Card, key: str, *, before: bool, after: bool) -> dict[str, Any]:
    given = {"before": before, "after": after}
    return {"card": str(card.uid), "number": card.number, "reaction": key, "given": given}
