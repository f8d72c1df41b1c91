"""A circuit breaker per feature: it trips on failing calls or when a rule says so, and tries again by itself.

Closed, open and half-open as in Nygard, "Release It!"; the window is ten buckets of a second."""

import threading
from collections.abc import Callable
from enum import StrEnum

from safeguards.kernel.decision import YES, Decision

WINDOW_SECONDS = 10  # in buckets of one second
LEAST_CALLS = 5
FAILING = 0.5  # share of the calls of a window
OPEN_SECONDS = 30.0
LONGEST_SECONDS = 600.0
MOST_DOUBLINGS = 64  # by then every rest is the longest; a float holds no more than a thousand
RETRIP_SECONDS = 600.0  # a trip within ten minutes of the last rest doubles the next one
PROBES = 5
CLEAN_SECONDS = 30.0


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"
    FORCED_OPEN = "forced-open"
    DISABLED = "disabled"


class CircuitBreaker:
    """Call `attempt` before each call, then `succeeded` or `failed`; `trip` when a rule has seen enough."""

    # Set when it becomes half-open, and read only then.
    _probe: str  # the first key that asked
    _probed: int
    _good: int
    _half_open_at: float

    def __init__(
        self,
        now: Callable[[], float],
        *,
        rest: float = OPEN_SECONDS,
        clean: float = CLEAN_SECONDS,
        probes: int = PROBES,
        spread: Callable[[], float] = lambda: 1.0,
    ) -> None:
        """`spread` gives the factor on each rest (0.8 to 1.2), so that many processes do not return at once."""
        self.now, self.rest, self.clean, self.probes, self.spread = now, rest, clean, probes, spread
        self.state, self.reason = State.CLOSED, ""
        self._lock = threading.RLock()  # every change of state compares and sets under it
        self._calls: dict[int, list[int]] = {}  # second -> [attempts, failures]
        self._trips = 0
        self._opened_at = self._until = now()

    def ask(self) -> Decision:
        """May something that is already there go on? Counts nothing."""
        with self._lock:
            self._turn()
            return self._no() if self.state in {State.OPEN, State.FORCED_OPEN} else YES

    def attempt(self, key: str) -> Decision:
        """May something new begin? While half-open only the first few of the first key may."""
        with self._lock:
            decision = self.ask()
            if not decision.allowed:
                return decision
            if self.state is State.HALF_OPEN:
                return self._probing(key)
            self._bucket()[0] += 1  # counted at the attempt: a call that hangs has been made, too
            return YES

    def succeeded(self, key: str) -> None:
        with self._lock:
            if self.state is State.HALF_OPEN and key == self._probe:
                self._good += 1
                self._turn()

    def failed(self, key: str, reason: str = "failing") -> None:
        with self._lock:
            if self.state is State.HALF_OPEN and key == self._probe:
                self._open(reason)
            elif self.state is State.CLOSED:
                self._bucket()[1] += 1
                attempts = sum(counts[0] for counts in self._calls.values())
                failures = sum(counts[1] for counts in self._calls.values())
                if attempts >= LEAST_CALLS and failures >= attempts * FAILING:
                    self._open(reason)

    def refused(self, key: str) -> None:
        """Another rule refused what this one had let in: a probe that proves nothing."""
        with self._lock:
            if self.state is State.HALF_OPEN and key == self._probe:
                self._open(self.reason)

    def trip(self, reason: str, seconds: float | None = None) -> bool:
        """A rule outside has seen enough. `seconds` instead of the usual rest. Whether this call opened it."""
        with self._lock:
            self._turn()
            if self.state not in {State.CLOSED, State.HALF_OPEN}:
                return False
            self._open(reason)
            if seconds is not None:
                self._until = self.now() + seconds
            return True

    def force_open(self, reason: str) -> None:
        with self._lock:
            self.state, self.reason = State.FORCED_OPEN, reason

    def disable(self) -> None:
        with self._lock:
            self.state, self.reason = State.DISABLED, ""

    def release(self) -> None:
        """Back to work, whoever or whatever had opened it."""
        with self._lock:
            self._close()

    def until(self) -> float:
        """Seconds until it tries again; 0 while it is not resting."""
        with self._lock:
            return max(0.0, self._until - self.now()) if self.state is State.OPEN else 0.0

    def _no(self) -> Decision:
        return Decision(False, self.reason, max(1.0, self._until - self.now()))

    def _probing(self, key: str) -> Decision:
        self._probe = self._probe or key
        if key != self._probe or self._probed >= self.probes:
            return Decision(False, self.reason, max(1.0, self._half_open_at + 2 * self.clean - self.now()))
        self._probed += 1
        return YES

    def _turn(self) -> None:
        """What time alone changes."""
        now = self.now()
        if self.state is State.OPEN and now >= self._until:
            self._half_open(now)
        elif self.state is State.HALF_OPEN and now - self._half_open_at >= self.clean:
            # One person opens one stream: who has fewer calls to offer proves it by as much time again.
            patient = now - self._half_open_at >= 2 * self.clean
            if self._good >= self.probes or (patient and self._good == self._probed > 0):
                self._close()
            elif patient:
                self._half_open(now)  # nobody came, or never said how it went: somebody else may try

    def _half_open(self, now: float) -> None:
        self.state, self._half_open_at = State.HALF_OPEN, now
        self._probe, self._probed, self._good = "", 0, 0

    def _bucket(self) -> list[int]:
        second = int(self.now())
        if second not in self._calls:
            self._calls = {at: counts for at, counts in self._calls.items() if at > second - WINDOW_SECONDS}
            self._calls[second] = [0, 0]
        return self._calls[second]

    def _open(self, reason: str) -> None:
        now = self.now()
        self._trips = self._trips + 1 if now - self._until < RETRIP_SECONDS else 1
        longer = 2.0 ** min(self._trips - 1, MOST_DOUBLINGS)
        self._until = now + min(LONGEST_SECONDS, self.rest * longer) * self.spread()
        self.state, self.reason = State.OPEN, reason
        self._calls.clear()

    def _close(self) -> None:
        self.state, self.reason = State.CLOSED, ""
        self._until = min(self._until, self.now())  # a rest that somebody cut short is over now
        self._calls.clear()
