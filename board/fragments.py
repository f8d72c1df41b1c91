"""A card as HTML, made once for everybody: the page, an answer and a live update show the same."""

from functools import lru_cache
from typing import Any
from uuid import UUID

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from board.models import Card, Reaction, User
from board.talk import standing

REACTION_LABELS = dict(Reaction.Key.choices)
KEPT = 5_000  # cards; about 8 MB


class _Shown:
    """Everything that the fragment depends on; equal ones look the same."""

    __slots__ = ("card", "key")

    def __init__(self, card: Card) -> None:
        people = tuple(_person(user) for user in (card.author, card.assignee))
        self.card = card
        self.key: tuple[Any, ...] = (card.uid, card.version, people, card.talk, get_language())

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shown) and self.key == other.key


def card_fragment(card: Card) -> SafeString:
    """Of a card with its talk."""
    return _render(_Shown(card))


@lru_cache(maxsize=KEPT)
def _render(shown: _Shown) -> SafeString:
    return mark_safe(get_template("board/_card.html").render(_context(shown.card)))  # escaped by it


def _context(card: Card) -> dict[str, Any]:
    return {"card": card, "talk": card.talk, "standing": standing(card), "reactions": reactions_of(card)}


def reactions_of(card: Card) -> list[tuple[str, Any, tuple[UUID, ...]]]:
    """Key, label and who gave it."""
    return [(key, REACTION_LABELS[key], who) for key, who in card.talk.reactions]


def _person(user: User | None) -> tuple[Any, ...]:
    return (user.pk, user.username, user.display_name, user.colour) if user else ()
