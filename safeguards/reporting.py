"""What the supervisor says outside, each second: the status file, and whoever else keeps it."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from safeguards import status
from safeguards.supervised import Supervised

STATUS_SECONDS = 1.0
Record = Callable[[str, dict[str, Any]], None]
Note = Callable[[list[dict[str, Any]]], None]
# When a source of the kill switch was last heard of (monotonic seconds), and why live is killed.
Word = tuple[float | None, str | None]


class Report:
    def __init__(self, folder: Path, record: Record, note: Note) -> None:
        self.folder, self.record, self.note = folder, record, note
        self._told_at = 0.0
        self._written_at, self._unseen = time.monotonic(), False

    def is_due(self) -> bool:
        return time.monotonic() - self._told_at >= STATUS_SECONDS

    def tell(self, workers: Sequence[Supervised], restarts: int, said: Word) -> None:
        self._told_at = now = time.monotonic()
        rows = [worker.status() for worker in workers]
        told = {"at": time.time(), "supervisor": os.getpid(), "restarts": restarts, "workers": rows}
        told |= {"killed": said[1], "known_age_s": said[0] and round(now - said[0], 2)}
        self.notice(written=status.write(self.folder, told))
        self.note(rows)

    def vouched(self, known_at: float | None) -> float | None:
        """When a source was last heard of, as far as it could be seen from outside."""
        if known_at is None or not self._unseen:
            return known_at
        return min(known_at, self._written_at)

    def notice(self, *, written: bool) -> None:
        """Nobody can see from outside what happens here: then live is no longer vouched for."""
        if written:
            self._written_at, self._unseen = time.monotonic(), False
        elif not self._unseen:
            self._unseen = True
            self.record("safeguard-blind", {"did": "live is off: the status file cannot be written"})
