"""Is the server as quick for bystanders as it usually is? Medians of blocks, so that one slow answer proves nothing."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass

FACTOR, SPARE_MS = 1.5, 50.0  # above this many times the usual, and so much more, people notice


@dataclass(frozen=True, slots=True)
class Bounds:
    """`blocks` in a row that are too slow, or `failures` in a row, are a finding. `least`: acts that make a block."""

    block_seconds: float = 30.0
    blocks: int = 3
    failures: int = 3
    least: int = 3


@dataclass(frozen=True, slots=True)
class Block:
    """What one block has shown. An act that failed counts as endless; None where that is the median itself."""

    acts: int
    failed: int
    median_ms: float | None
    p99_ms: float | None
    most_ms: float  # a median above it is too slow
    slow_in_a_row: int

    @property
    def is_slow(self) -> bool:
        return self.slow_in_a_row > 0

    def figures(self) -> dict[str, float | None]:
        return asdict(self)


class BlockTest:
    """`usual_ms`: the median of the baseline. A finding stays; whoever acted on it begins a new test."""

    def __init__(self, usual_ms: float, now: Callable[[], float], bounds: Bounds | None = None) -> None:
        self.bounds, self.now = bounds or Bounds(), now
        self.most_ms = FACTOR * usual_ms + SPARE_MS
        self.finding = ""  # `slow` or `failing`
        self.last: Block | None = None
        self._taken: list[float] = []
        self._failed = self._slow = 0
        self._began = now()

    def see(self, ms: float | None) -> Block | None:
        """One act, None for one that failed. The block that ended with it, if one did."""
        self._taken.append(math.inf if ms is None else ms)
        self._failed = self._failed + 1 if ms is None else 0
        ended = self._close() if self.now() - self._began >= self.bounds.block_seconds else None
        if self._failed >= self.bounds.failures:
            self.finding = self.finding or "failing"
        return ended

    def pause(self) -> None:
        """Nobody acts for a while: what was half seen proves nothing, and blocks on both sides are not in a row."""
        self._taken, self._failed, self._slow, self._began = [], 0, 0, self.now()

    def _close(self) -> Block | None:
        taken, self._taken, self._began = sorted(self._taken), [], self.now()
        if len(taken) < self.bounds.least:
            self._slow = 0
            return None
        median = taken[(len(taken) - 1) // 2]
        self._slow = self._slow + 1 if median > self.most_ms else 0
        if self._slow >= self.bounds.blocks:
            self.finding = self.finding or "slow"
        highest = taken[min(len(taken) - 1, len(taken) * 99 // 100)]
        self.last = Block(
            len(taken), taken.count(math.inf), _finite(median), _finite(highest), self.most_ms, self._slow
        )
        return self.last


def _finite(ms: float) -> float | None:
    return round(ms, 1) if ms < math.inf else None
