"""GCRA, the generic cell rate algorithm (ITU-T I.371): exact limits from one number per key."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from safeguards.kernel.decision import YES, Decision

KEYS = 50_000  # about 10 MB of table; beyond it all new keys share one bucket, none is simply let in
OVERFLOW = "\x00overflow"
SECOND = 1_000_000_000  # clocks here count whole nanoseconds, so that no limit drifts by rounding


@dataclass(frozen=True, slots=True)
class Rate:
    """`interval`: seconds between admissions in the long run; `burst`: how many may come at once."""

    interval: float
    burst: int

    def times(self, factor: int) -> "Rate":
        return Rate(self.interval / factor, self.burst * factor)

    def share(self, processes: int) -> "Rate":
        """What each of so many processes may admit by itself; one at least, so that nobody is locked out."""
        return Rate(self.interval * processes, max(1, self.burst // processes))


class RateLimiter:
    """At most `burst + floor(W / interval)` admissions per key in every closed window of W seconds."""

    def __init__(self, rate: Rate, now_ns: Callable[[], int], keys: int = KEYS) -> None:
        self.rate, self.now_ns, self.keys = rate, now_ns, keys
        self.interval = max(1, round(rate.interval * SECOND))
        self._arrivals: OrderedDict[str, int] = OrderedDict()  # key -> theoretical arrival time

    def __len__(self) -> int:
        return len(self._arrivals)

    def admit(self, key: str, cost: int = 1) -> Decision:
        now = self.now_ns()
        key = self._bucket(key, now)
        wait = self._wait(key, now)
        if wait > 0:
            return Decision(False, "rate", wait / SECOND)
        self._arrivals[key] = max(self._arrivals.get(key, now), now) + cost * self.interval
        self._arrivals.move_to_end(key)
        return YES

    def wait(self, key: str) -> float:
        """Seconds until this key would be admitted, 0 when it would be now; asking costs nothing."""
        now = self.now_ns()
        return max(0, self._wait(self._where(key, now), now)) / SECOND

    def backlog(self, key: str) -> int:
        """How far ahead of now this key's arrivals reach, in nanoseconds."""
        return max(0, self._arrivals.get(key, 0) - self.now_ns())

    def follow(self, key: str, backlog: int) -> None:
        """Take over what a shared count says about this key, in nanoseconds; never less than is known here."""
        now = self.now_ns()
        key = self._bucket(key, now)
        self._arrivals[key] = max(self._arrivals.get(key, now), now + backlog)
        self._arrivals.move_to_end(key)

    def _wait(self, key: str, now: int) -> int:
        return max(self._arrivals.get(key, now), now) - now - (self.rate.burst - 1) * self.interval

    def _where(self, key: str, now: int) -> str:
        """The bucket this key has, or would get."""
        if key in self._arrivals or not self._is_full():
            return key
        return OVERFLOW if next(iter(self._arrivals.values())) > now else key

    def _bucket(self, key: str, now: int) -> str:
        """That bucket, with room made for it."""
        while (where := self._where(key, now)) == key and key not in self._arrivals and self._is_full():
            # The oldest would start afresh anyway: forgetting it admits nothing extra.
            del self._arrivals[next(iter(self._arrivals))]
        return where

    def _is_full(self) -> bool:
        return len(self._arrivals) - (OVERFLOW in self._arrivals) >= self.keys
