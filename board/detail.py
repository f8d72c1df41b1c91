"""Everything about one card: what its page shows beside the card itself."""

from typing import Any
from uuid import UUID

from django.http import QueryDict

from board.access import Seat
from board.fragments import reactions_of
from board.models import Card, Kind, Link, Outcome, Reaction, User
from board.talk import standing

# How a card of this kind usually ends.
USUAL: dict[str, str] = {
    Kind.QUESTION: Outcome.Kind.ANSWER,
    Kind.CLAIM: Outcome.Kind.UPHELD,
    Kind.GUESS: Outcome.Kind.UPHELD,
    Kind.TOPIC: Outcome.Kind.DECISION,
}


def detail_of(card: Card, seat: Seat, user: User, asked: QueryDict) -> dict[str, Any]:
    """For the page of a card with its talk. `?reply=` and `?unlink=` show what can be done there."""
    return {
        "standing": standing(card),
        "marks": {
            key: {"count": len(who), "mine": user.uid in who} for key, _label, who in reactions_of(card)
        },
        "reactions": Reaction.Key.choices,
        "relations": Link.Relation.choices,
        "outcome_kinds": Outcome.Kind.choices,
        "outcome_kind": USUAL.get(card.kind, Outcome.Kind.AGREEMENT),
        "replies": card.replies.on_card().with_people().in_order(),
        "other_cards": seat.board.cards.on_board().exclude(pk=card.pk).order_by("number"),
        "acting": _asked(asked, "reply", card.replies.on_card().with_people()),
        "unlinking": _asked(asked, "unlink", card.links.select_related("target")),
        **links_of(card),
        **outcomes_of(card),
    }


def links_of(card: Card) -> dict[str, Any]:
    return {
        "links": card.links.filter(target__deleted_at=None)
        .select_related("target")
        .order_by("target__number"),
        "linked": card.linked.filter(source__deleted_at=None)
        .select_related("source")
        .order_by("source__number"),
    }


def outcomes_of(card: Card) -> dict[str, Any]:
    return {"outcomes": card.outcomes.select_related("decided_by").order_by("-decided_at", "-id")}


def _asked(asked: QueryDict, name: str, rows: Any) -> Any:
    try:
        return rows.filter(uid=UUID(asked.get(name, ""))).first()
    except ValueError:
        return None
