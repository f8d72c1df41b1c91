"""The three ways a board leaves: the log as JSON, a document, a table."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.text import slugify
from django.utils.translation import gettext as _

from board.models import Board
from board.operations.errors import wrong
from board.portable import document, log, table

WAYS = {
    "json": (log.chunks, "application/json", "json"),
    "markdown": (document.chunks, "text/markdown; charset=utf-8", "md"),
    "csv": (table.chunks, "text/csv; charset=utf-8", "csv"),
}


@dataclass(frozen=True, slots=True)
class Export:
    name: str  # of the file: ASCII letters, digits and hyphens only
    content_type: str
    chunks: Iterator[str]


def export_board(board: Board, way: str = "json") -> Export:
    """Exactly as of one number of the log; read from the database piece by piece."""
    if way not in WAYS:
        raise wrong("as", _("Choose one of: %(ways)s.") % {"ways": ", ".join(WAYS)})
    chunks, content_type, suffix = WAYS[way]
    return Export(f"{slugify(board.name)[:60] or 'board'}.{suffix}", content_type, chunks(board))
