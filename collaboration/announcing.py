"""What the server leaves out, told to every page in words, and when it is back."""

from collections.abc import Iterable
from typing import Any

from collaboration.sse import encode_json
from safeguards import pressure

SOONEST_SECONDS = 5.0  # between two notices of one level
EARLY_SECONDS = 3.0  # before a page would say that it is over


class Announcing:
    """Again before what was told last is over, as long as it goes on: until then a page believes it."""

    def __init__(self) -> None:
        self._level, self._again_at = 0, 0.0

    def tell(self, streams: Iterable[Any], now: float) -> None:
        level = pressure.level()
        if level == self._level and (not level or now < self._again_at):
            return
        self._level = level
        self._again_at = now + max(SOONEST_SECONDS, pressure.ladder().until() - EARLY_SECONDS)
        frame = encode_json("notice", pressure.notice())
        for stream in streams:
            stream.mailbox.offer(frame)
