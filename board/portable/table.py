"""A board as a table: one row per card, for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from board.models import Board, Card, Zone
from board.snapshots import snapshot_of
from collaboration.changes import iso_ms

COLUMNS = (
    "number",
    "kind",
    "text",
    "zone",
    "author",
    "assignee",
    "outcome",
    "parked",
    "replies",
    "created_at",
    "changed_at",
    "id",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would carry out a cell that begins like this


def chunks(board: Board) -> Iterator[str]:
    snapshot = snapshot_of(board)
    return _lines([COLUMNS, *(_row(card, zone) for zone in snapshot.zones for card in zone.cards_in_order)])


def safe(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def _row(card: Card, zone: Zone) -> tuple[Any, ...]:
    return (
        card.number,
        card.kind,
        card.body,
        zone.title,
        card.author and card.author.name,
        card.assignee and card.assignee.name,
        card.outcome and card.outcome.statement,
        card.parked_reason,
        card.talk.replies,
        iso_ms(card.created_at),
        iso_ms(card.changed_at),
        card.uid,
    )


def _lines(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([safe(cell) for cell in row])
        yield line.getvalue()
