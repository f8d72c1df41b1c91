"""Degrading in steps: up quickly, down slowly, one level at a time, and slower the more often it flaps."""

from collections.abc import Callable, Sequence

from safeguards.kernel.pressure import Reading

WARNED, TRIPPED, TOP = 1, 2, 4  # level 5, a new worker, is the supervisor's
SAMPLES = 2  # in a row before a step up
DWELL_SECONDS = 15.0
FLAP_SECONDS = 600.0  # a step up within ten minutes of the last step down doubles the dwell
LONGEST_SECONDS = 600.0


class Ladder:
    """Level 0 is normal. `sample` it at a steady pace."""

    _calm_since: float | None
    _moved_down_at: float | None

    def __init__(
        self, now: Callable[[], float], *, samples: int = SAMPLES, dwell: float = DWELL_SECONDS
    ) -> None:
        self.now, self.samples, self.least_dwell = now, samples, dwell
        self.level, self.reason = 0, ""
        self.dwell = dwell
        self._wanted: list[int] = []
        self._asked: dict[str, int] = {}  # the level that each monitor holds until it is clear
        self._calm_since = self._moved_down_at = None

    def sample(self, readings: Sequence[Reading]) -> int:
        """One sample of every monitor; the level after it."""
        wanted = max((_asks(reading, self.level) for reading in readings), default=0)
        if wanted > self.level:
            loudest = max(readings, key=lambda reading: (_asks(reading, self.level), reading.pressure))
            self._rise(wanted, loudest.name)
        else:
            self._wanted = []
        self._asked = {reading.name: self._ask(reading) for reading in readings if not reading.is_clear}
        if wanted <= self.level:
            self._rest()
        return self.level

    def until(self) -> float:
        """Seconds until the next step down, if it stays calm from now on."""
        if self.level == 0:
            return 0.0
        since = self.now() if self._calm_since is None else self._calm_since
        return max(0.0, since + self.dwell - self.now())

    def _rise(self, wanted: int, why: str) -> None:
        self._calm_since = None
        self._wanted = [*self._wanted, wanted][-self.samples :]
        if len(self._wanted) < self.samples:
            return
        wanted = min(self._wanted)  # what all of them asked for
        now = self.now()
        if self._moved_down_at is not None:
            flaps = now - self._moved_down_at < FLAP_SECONDS
            self.dwell = min(LONGEST_SECONDS, self.dwell * 2) if flaps else self.least_dwell
            self._moved_down_at = None  # one flap counts once, however many steps follow
        self.level, self.reason, self._wanted = wanted, why, []

    def _ask(self, reading: Reading) -> int:
        asks = self.level if reading.is_hot else min(self.level, WARNED) if reading.is_warm else 0
        return min(max(asks, self._asked.get(reading.name, 0)), reading.most)

    def _rest(self) -> None:
        if self.level == 0 or max(self._asked.values(), default=0) >= self.level:
            self._calm_since = None
            return
        now = self.now()
        if self._calm_since is None:
            self._calm_since = now
        if now - self._calm_since >= self.dwell:
            self.level -= 1
            self._moved_down_at = self._calm_since = now
            self.reason = self.reason if self.level else ""


def _asks(reading: Reading, level: int) -> int:
    """Warm asks for the first level; hot for the second, and from there for one more with every step."""
    if reading.is_hot:
        return min(max(TRIPPED, min(level + 1, TOP)), reading.most)
    return min(WARNED, reading.most) if reading.is_warm else 0
