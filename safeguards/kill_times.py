"""How long the kill switch took, the last time: from when it was thrown until the last stream of this host had ended."""

import json
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILE = "kill.json"
KILL_FILE = "kill"
RECENT_SECONDS = 5.0  # a kill file older than this is not what was thrown just now
BEFORE_SECONDS = 2.0  # `look` may be called once a second only
PATIENCE_SECONDS = 30.0
Told = dict[str, Any]  # gauges of one worker


class KillClock:
    """`look` is called many times a second. `folder`: DATA_DIR/run, beside which the kill file is.

    It knows no settings and no database: the supervisor uses it."""

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self.folder, self.now = folder, now
        self._was_killed = True  # as long as nobody has seen it on, nothing was thrown
        self._seen: deque[tuple[float, int]] = deque(maxlen=100)  # when, and how many streams there were
        self._running: tuple[float, int] | None = None  # when it was thrown, and for how many

    def look(self, killed: str | None, workers: list[Told]) -> None:
        now, streams = self.now(), sum(_number(told, "streams") for told in workers)
        if killed is None:
            self._running = None
        elif not self._was_killed:
            self._begin(now)
        self._seen.append((now, int(streams)))
        self._was_killed = killed is not None
        if self._running is not None:
            self._measure(now, int(streams), workers)

    def _begin(self, now: float) -> None:
        thrown = _thrown_at(self.folder.parent / KILL_FILE, now)
        # The process where it was thrown has ended its streams already when it is heard of here.
        before = max((count for at, count in self._seen if at > thrown - BEFORE_SECONDS), default=0)
        self._running = (thrown, before) if before else None

    def _measure(self, now: float, streams: int, workers: list[Told]) -> None:
        assert self._running is not None
        thrown, count = self._running
        if streams and now - thrown < PATIENCE_SECONDS:
            return
        ended = max((_number(told, "streams_ended_at") for told in workers), default=0.0)
        took = (ended if ended >= thrown else now) - thrown
        self._running = None
        _keep(self.folder, {"at": thrown, "streams": count, "seconds": None if streams else round(took, 3)})


def last(folder: Path) -> dict[str, Any] | None:
    """`at` (epoch seconds), `streams`, and `seconds`: None when they had not ended after 30 s. None: never measured."""
    try:
        told = json.loads((folder / FILE).read_text())
        took = told["seconds"]
        return {
            "at": float(told["at"]),
            "streams": int(told["streams"]),
            "seconds": took if took is None else float(took),
        }
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(folder: Path, told: dict[str, Any]) -> None:
    try:
        fresh = folder / f"{FILE}.new"
        fresh.write_text(json.dumps(told))
        fresh.replace(folder / FILE)
    except OSError:
        return  # a full disk: then it was not measured


def _thrown_at(file: Path, now: float) -> float:
    """When the file was written, which comes first; by another way alone, when it was seen here."""
    try:
        written = file.stat().st_mtime
    except OSError:
        return now
    return written if 0 <= now - written < RECENT_SECONDS else now


def _number(told: Told, name: str) -> float:
    value = told.get(name, 0.0)
    return float(value) if isinstance(value, int | float) else 0.0
