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
        return max(0, self._wait(key, self.now_ns())) / SECOND

    def _wait(self, key: str, now: int) -> int:
        return max(self._arrivals.get(key, now), now) - now - (self.rate.burst - 1) * self.interval

    def _bucket(self, key: str, now: int) -> str:
        if key in self._arrivals or len(self._arrivals) < self.keys:
            return key
        oldest, arrival = next(iter(self._arrivals.items()))
        if arrival > now:
            return OVERFLOW
        del self._arrivals[oldest]  # it would start afresh anyway: forgetting it admits nothing extra
        return key


class Hold:
    """Keys that keep knocking: `limit` refusals within `window` seconds, held until quiet for as long."""

    def __init__(
        self, now_ns: Callable[[], int], limit: int = 20, window: float = 10.0, keys: int = KEYS
    ) -> None:
        self.now_ns, self.limit, self.keys = now_ns, limit, keys
        self.window = round(window * SECOND)
        self._refusals: OrderedDict[str, tuple[int, int]] = OrderedDict()  # key -> (since, how many)

    def refused(self, key: str) -> bool:
        """Count one refusal; whether the key is held from now on."""
        now = self.now_ns()
        since, count = self._refusals.pop(key, (now, 0))
        if now - since > self.window:
            since, count = now, 0
        count += 1
        # A held key is measured from its last knock: only quiet ends a hold.
        self._refusals[key] = (now if count > self.limit else since, count)
        if len(self._refusals) > self.keys:
            self._refusals.popitem(last=False)
        return count > self.limit

    def is_held(self, key: str) -> bool:
        since, count = self._refusals.get(key, (0, 0))
        return count > self.limit and self.now_ns() - since <= self.window
