"""Where the evidence lies: DATA_DIR/incidents, one JSON file per incident of this host."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

RUNBOOKS = "docs/runbooks"
DRILL = "-drill-"  # behind the time, in the names of what drills leave here


def folder() -> Path:
    return Path(settings.DATA_DIR) / "incidents"


def recent(most: int = 20) -> list[dict[str, Any]]:
    """The last ones of this host, newest first, as their files tell them."""
    found = sorted(folder().glob("*.json"), reverse=True)[:most] if folder().is_dir() else []
    return [told for file in found if (told := read(file)) is not None]


def read(file: Path) -> dict[str, Any] | None:
    """None for what is half written, damaged, or on another host."""
    try:
        return dict(json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def entries(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The timeline of a file, as far as it can be read."""
    lines = told.get("timeline")
    return [entry for entry in lines if isinstance(entry, dict)] if isinstance(lines, list) else []


@contextmanager
def turn(name: str = ".turn", *, wait: bool = True) -> Iterator[None]:
    """One process of the host at a time. Raises OSError; without `wait` also while it is another one's turn."""
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def stamp(at: float) -> str:
    """How the name of a file begins; later ones sort behind."""
    return f"{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%S%f}"


def is_of_drill(file: Path) -> bool:
    """What a drill proved elsewhere is evidence, and no incident of this server."""
    return file.name[len(stamp(0.0)) :].startswith(DRILL)
