"""What is said about cards, for showing them: read for a whole board in one query."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, IntegerField, QuerySet, TextField, UUIDField, Value, When
from django.db.models.functions import Cast

from board.models import Card, Link, Reaction, Reply
from board.models.cards import Kind

Row = tuple[int, str, str, int, UUID | None]  # card, what, key, number, whose


@dataclass(frozen=True, slots=True)
class LinkShown:
    relation: str
    number: int
    card: UUID


@dataclass(frozen=True, slots=True)
class Talk:
    """Hashable: a card's fragment is made anew when its talk differs."""

    open: int = 0
    resolved: int = 0
    reactions: tuple[tuple[str, tuple[UUID, ...]], ...] = ()
    links: tuple[LinkShown, ...] = ()
    linked: tuple[LinkShown, ...] = ()

    @property
    def replies(self) -> int:
        return self.open + self.resolved

    def count(self, relation: str) -> int:
        return sum(link.relation == relation for link in self.linked)


QUIET = Talk()


def standing(card: Card) -> str:
    """Computed, never typed: "unsupported", "supported" or "contested"; empty for what is no claim."""
    if card.kind != Kind.CLAIM:
        return ""
    talk: Talk = card.talk
    if talk.count("refutes"):
        return "contested"
    return "supported" if talk.count("supports") else "unsupported"


def with_talk(cards: Iterable[Card], **of: Any) -> list[Card]:
    """Give each card its `talk`. `of`: which cards, as a filter, when it is a whole board."""
    found = list(cards)
    rows = defaultdict[int, list[Row]](list)
    for row in _rows(of or {"pk__in": [card.pk for card in found]}) if found else ():
        rows[row[0]].append(row)
    for card in found:
        card.talk = _talk(rows[card.pk]) if card.pk in rows else QUIET
    return found


def _talk(rows: list[Row]) -> Talk:
    counts = {key: number for _card, what, key, number, _uid in rows if what == "replies"}
    people = defaultdict[str, list[UUID]](list)
    for _card, what, key, _number, uid in rows:
        if what == "reaction" and uid is not None:
            people[key].append(uid)
    reactions = tuple((key, tuple(sorted(people[key]))) for key in Reaction.Key.values if key in people)
    return Talk(
        counts.get("open", 0), counts.get("resolved", 0), reactions, _shown(rows, "out"), _shown(rows, "in")
    )


def _shown(rows: list[Row], direction: str) -> tuple[LinkShown, ...]:
    links = [(key, number, uid) for _card, what, key, number, uid in rows if what == direction and uid]
    return tuple(LinkShown(*link) for link in sorted(links))


def _rows(of: dict[str, Any]) -> Iterable[Row]:
    def on(name: str) -> dict[str, Any]:
        return {f"{name}__{lookup}": value for lookup, value in of.items()}

    nobody = Value(None, output_field=UUIDField())
    links = Link.objects.filter(source__deleted_at=None, target__deleted_at=None)
    state = Case(
        When(resolved_at=None, then=Value("open")), default=Value("resolved"), output_field=TextField()
    )
    replies = (
        Reply.objects.on_card()
        .filter(**on("card"))
        .values("card_id")
        .annotate(state=state, count=Count("pk"))
    )
    return _named(
        Reaction.objects.filter(**on("card")), "card_id", "reaction", F("key"), Value(0), F("user__uid")
    ).union(
        _named(
            links.filter(**on("source")),
            "source_id",
            "out",
            F("relation"),
            F("target__number"),
            F("target__uid"),
        ),
        _named(
            links.filter(**on("target")),
            "target_id",
            "in",
            F("relation"),
            F("source__number"),
            F("source__uid"),
        ),
        _named(replies, "card_id", "replies", F("state"), F("count"), nobody),
        all=True,
    )


def _named(rows: QuerySet[Any], card: str, what: str, key: Any, number: Any, uid: Any) -> QuerySet[Any, Row]:
    return rows.order_by().values_list(
        F(card),
        Value(what, output_field=TextField()),
        Cast(key, TextField()),
        Cast(number, IntegerField()),
        uid,
    )
