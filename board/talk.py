"""What is said about cards, for showing them: read for a whole board in one query."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from board.models import Board, Card, Reaction
from board.models.cards import Kind

Row = tuple[int, str, str, int, UUID | None]  # card, what, key, number, whose

OF_BOARD = "IN (SELECT id FROM board_card WHERE board_id = %s)"
# Written out, for every change on a board asks this before anybody sees it: building it took the ORM half of what a
# change costs. `these`: which cards.
REACTIONS = """
SELECT reaction.card_id, 'reaction', reaction.key, 0, person.uid
FROM board_reaction AS reaction JOIN board_user AS person ON person.id = reaction.user_id
WHERE reaction.card_id {these}
"""
LINKS = """
SELECT link.{here}_id, '{way}', link.relation, {there}.number, {there}.uid
FROM board_link AS link
JOIN board_card AS source ON source.id = link.source_id
JOIN board_card AS target ON target.id = link.target_id
WHERE source.deleted_at IS NULL AND target.deleted_at IS NULL AND link.{here}_id {{these}}
"""
REPLIES = """
SELECT reply.card_id, 'replies', CASE WHEN reply.resolved_at IS NULL THEN 'open' ELSE 'resolved' END, COUNT(*), NULL
FROM board_reply AS reply
WHERE reply.deleted_at IS NULL AND reply.card_id {these}
GROUP BY reply.card_id, CASE WHEN reply.resolved_at IS NULL THEN 'open' ELSE 'resolved' END
"""
PARTS = [
    REACTIONS,
    LINKS.format(here="source", way="out", there="target"),
    LINKS.format(here="target", way="in", there="source"),
    REPLIES,
]
TALK = "UNION ALL".join(PARTS)


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


def with_talk(cards: Iterable[Card], board: Board | None = None) -> list[Card]:
    """Give each card its `talk`. `board`: whose cards they are, when it is a whole board."""
    found = list(cards)
    rows = defaultdict[int, list[Row]](list)
    these, values = (OF_BOARD, [board.pk]) if board else (_many(len(found)), [card.pk for card in found])
    for row in _rows(these, values) if found else ():
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


def _many(count: int) -> str:
    return f"IN ({', '.join(['%s'] * count)})"


def _shown(rows: list[Row], direction: str) -> tuple[LinkShown, ...]:
    links = [(key, number, uid) for _card, what, key, number, uid in rows if what == direction and uid]
    return tuple(LinkShown(*link) for link in sorted(links))


def _rows(these: str, values: list[int]) -> Iterable[Row]:
    with connection.cursor() as cursor:
        cursor.execute(TALK.format(these=these), values * len(PARTS))
        for card, what, key, number, uid in cursor.fetchall():
            yield card, what, key, number, uid if uid is None or isinstance(uid, UUID) else UUID(uid)
