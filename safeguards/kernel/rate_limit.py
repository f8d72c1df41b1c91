"""GCRA, the generic cell rate algorithm (ITU-T I.371): exact limits from one number per key."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from safeguards.kernel.decision import YES, Decision

KEYS = 50_000  # about 10 MB of table; a flood of new keys beyond it shares one strict bucket
OVERFLOW = "\x00overflow"


@dataclass(frozen=True, slots=True)
class Rate:
    """`interval`: seconds between admissions in the long run; `burst`: how many may come at once."""

    interval: float
    burst: int

    def times(self, factor: int) -> "Rate":
        return Rate(self.interval / factor, self.burst * factor)


class RateLimiter:
    """At most `burst + floor(W / interval)` admissions per key in every closed window of W seconds."""

    def __init__(self, rate: Rate, now: Callable[[], float], keys: int = KEYS) -> None:
        self.rate, self.now, self.keys = rate, now, keys
        self._arrivals: OrderedDict[str, float] = OrderedDict()  # key -> theoretical arrival time

    def admit(self, key: str) -> Decision:
        now = self.now()
        key = self._known(key, now)
        start = max(self._arrivals.get(key, now), now)
        wait = start - now - (self.rate.burst - 1) * self.rate.interval
        if wait > 1e-9:
            return Decision(False, "rate", wait)
        self._arrivals[key] = start + self.rate.interval
        self._arrivals.move_to_end(key)
        return YES

    def remaining(self, key: str) -> int:
        """How many would be admitted right now."""
        start = max(self._arrivals.get(key, 0.0), now := self.now())
        return max(0, int((self.rate.burst * self.rate.interval - (start - now)) / self.rate.interval + 1e-6))

    def _known(self, key: str, now: float) -> str:
        if key in self._arrivals or len(self._arrivals) < self.keys:
            return key
        oldest, arrival = next(iter(self._arrivals.items()))
        if arrival <= now:  # it would start afresh anyway: forgetting it admits nothing extra
            del self._arrivals[oldest]
            return key
        return OVERFLOW


class Hold:
    """Keys that keep knocking after refusals: from `limit` refusals in `window` seconds on they are held."""

    def __init__(self, now: Callable[[], float], limit: int = 20, window: float = 10.0, keys: int = KEYS) -> None:
        self.now, self.limit, self.window, self.keys = now, limit, window, keys
        self._refusals: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def refused(self, key: str) -> bool:
        """Count one refusal; whether the key is held now."""
        now = self.now()
        since, count = self._refusals.pop(key, (now, 0))
        if now - since > self.window:
            since, count = now, 0
        self._refusals[key] = (since, count + 1)
        if len(self._refusals) > self.keys:
            self._refusals.popitem(last=False)
        return count + 1 > self.limit

    def is_held(self, key: str) -> bool:
        since, count = self._refusals.get(key, (0.0, 0))
        return count > self.limit and self.now() - since <= self.window
