"""The measured seconds of this host, from DATA_DIR/metrics; none where nobody keeps them."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

SUMS = "minutes-"  # files of sums over a minute: their seconds are in the others
FILES, ROWS = 64, 100_000  # read at most


def seconds(since: float, until: float) -> list[dict[str, Any]]:
    """Rows between two epoch seconds, oldest first. What cannot be read is left out."""
    rows = [row for row in islice(_rows(since), ROWS) if since <= (_at(row) or 0.0) <= until]
    return sorted(rows, key=lambda row: _at(row) or 0.0)


def _rows(since: float) -> Iterator[dict[str, Any]]:
    for file in _files(since):
        try:
            with file.open(errors="replace") as opened:
                yield from filter(None, map(_row, opened))
        except OSError:
            continue  # replaced meanwhile


def _files(since: float) -> list[Path]:
    """The newest first: what is read at most shall be what is needed most."""
    found = []
    for file in (Path(settings.DATA_DIR) / "metrics").glob("*.jsonl"):
        try:
            changed = file.stat().st_mtime
        except OSError:
            continue
        if changed >= since and not file.name.startswith(SUMS):
            found.append((changed, file))
    return [file for _changed, file in sorted(found, reverse=True)[:FILES]]


def _row(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None  # half written
    return row if isinstance(row, dict) and _at(row) is not None else None


def _at(row: dict[str, Any]) -> float | None:
    said = row.get("at", row.get("t"))
    if isinstance(said, str):
        try:
            return datetime.fromisoformat(said).timestamp()
        except ValueError:
            return None
    return float(said) if isinstance(said, int | float) else None
