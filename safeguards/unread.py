"""Answers that wait for their readers: how many bytes of this process, and who is cut when they are too many."""

import logging
import time
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from safeguards import conf
from safeguards.resources import gauges

logger = logging.getLogger(__name__)
SAID_SECONDS = 60.0


class Waiting(NamedTuple):
    """`bytes`: as of the last count."""

    bytes: int
    size: Callable[[], int]
    cut: Callable[[], None]


class Unread:
    """Connections whose readers are slow, in the order in which they began to be; `bytes` is never less than they hold."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.bytes = 0
        self._waiting: dict[Any, Waiting] = {}
        self._said_at = -SAID_SECONDS

    def __len__(self) -> int:
        return len(self._waiting)

    def wait(self, whose: Any, size: Callable[[], int], cut: Callable[[], None]) -> None:
        """It holds unread bytes, or more of them than before. Call it again whenever they grow."""
        self._count(whose, Waiting(size(), size, cut))
        if self.bytes > conf.limit("unread_bytes"):
            self._make_room()
        gauges.report("unread_bytes", self.bytes)

    def leave(self, whose: Any) -> None:
        """Its reader has taken everything, or is gone. Idempotent."""
        if whose in self._waiting:
            self.bytes -= self._waiting.pop(whose).bytes
            gauges.report("unread_bytes", self.bytes)

    def _count(self, whose: Any, waiting: Waiting) -> None:
        self.bytes += waiting.bytes - (self._waiting[whose].bytes if whose in self._waiting else 0)
        self._waiting[whose] = waiting

    def _make_room(self) -> None:
        """Who reads slowly has taken some since it was counted: first that is looked at, then the oldest go.

        The last one stays: an answer that is larger than all may hold could be read by nobody."""
        for whose, (_bytes, size, cut) in list(self._waiting.items()):
            self._count(whose, Waiting(size(), size, cut))
        while self.bytes > conf.limit("unread_bytes") and len(self._waiting) > 1:
            oldest = next(iter(self._waiting))
            cut = self._waiting[oldest].cut
            self.leave(oldest)
            gauges.count("unread_cut")
            self._say()
            cut()

    def _say(self) -> None:
        if self.now() - self._said_at >= SAID_SECONDS:
            self._said_at = self.now()
            logger.warning("More answers wait for their readers than fit; who has waited longest is cut.")


@cache
def unread() -> Unread:
    """That of this process."""
    return Unread()
