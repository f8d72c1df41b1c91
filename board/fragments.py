"""A card as HTML, made once for everybody: the page, an answer and a live update show the same."""

from functools import lru_cache
from typing import Any

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from board.models import Card, User

KEPT = 5_000  # cards; about 8 MB


class _Shown:
    """Everything that the fragment depends on; equal ones look the same."""

    __slots__ = ("card", "key")

    def __init__(self, card: Card) -> None:
        people = tuple(_person(user) for user in (card.author, card.assignee))
        self.card = card
        self.key: tuple[Any, ...] = (card.uid, card.version, people, get_language())

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shown) and self.key == other.key


def card_fragment(card: Card) -> SafeString:
    return _render(_Shown(card))


@lru_cache(maxsize=KEPT)
def _render(shown: _Shown) -> SafeString:
    return mark_safe(get_template("board/_card.html").render({"card": shown.card}))  # escaped by the template


def _person(user: User | None) -> tuple[Any, ...]:
    return (user.pk, user.username, user.display_name, user.colour) if user else ()
