"""A breaker over a resource: off while it is overloaded, on again by itself once it has been calm."""

import threading
from collections.abc import Callable
from enum import StrEnum

from safeguards.kernel.decision import YES, Decision

RETRIP_SECONDS = 600.0  # a trip within ten minutes of the last one doubles the time off
LONGEST_SECONDS = 600.0


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"
    FORCED_OPEN = "forced-open"
    DISABLED = "disabled"


BY_HAND = frozenset({State.FORCED_OPEN, State.DISABLED})


class CircuitBreaker:
    """Trips on `strikes` hot samples in a row; rests `rest` seconds, doubled on every re-trip; then lets
    `probes` in while half-open, and closes after `calm` seconds without a sample that is not calm."""

    def __init__(
        self,
        now: Callable[[], float],
        *,
        strikes: int = 2,
        rest: float = 15.0,
        calm: float = 15.0,
        probes: int = 5,
        spread: Callable[[], float] = lambda: 1.0,
    ) -> None:
        """`spread` gives the factor on each rest (0.8 to 1.2), so that many processes do not return at once."""
        self.now, self.strikes, self.rest, self.calm, self.probes = now, strikes, rest, calm, probes
        self.spread = spread
        self.state, self.reason = State.CLOSED, ""
        self._lock = threading.Lock()
        self._hot, self._trips, self._probed = 0, 0, 0
        self._opened_at, self._until = -RETRIP_SECONDS, 0.0
        self._calm_since: float | None = None

    def sample(self, *, hot: bool, calm: bool, reason: str = "") -> State:
        """One measurement: beyond the trip level, below the clear level, or between; the state after it."""
        with self._lock:
            if self.state is State.CLOSED:
                self._watch(hot, reason)
            elif self.state not in BY_HAND:
                self._recover(hot, calm, reason)
            return self.state

    def ask(self) -> Decision:
        """May something that is already there go on? Counts nothing."""
        if self.state in {State.OPEN, State.FORCED_OPEN}:
            return self._no()
        return YES

    def admit(self) -> Decision:
        """May something new begin? While half-open only the first few may."""
        with self._lock:
            if self.state is not State.HALF_OPEN:
                return self.ask()
            self._probed += 1  # counted at the attempt: one that hangs is a probe too
            return YES if self._probed <= self.probes else self._no()

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

    def _no(self) -> Decision:
        return Decision(False, self.reason or "overload", max(1.0, self._until - self.now()))

    def _watch(self, hot: bool, reason: str) -> None:
        self._hot = self._hot + 1 if hot else 0
        if self._hot >= self.strikes:
            self._open(reason)

    def _recover(self, hot: bool, calm: bool, reason: str) -> None:
        now = self.now()
        if hot and self.state is State.HALF_OPEN:
            self._open(reason)
        elif not calm:
            self._calm_since = None
        elif self._calm_since is None:
            self._calm_since = now
        elif self.state is State.OPEN and now >= self._until:
            self.state, self._probed, self._calm_since = State.HALF_OPEN, 0, now
            self._until = now + self.calm
        elif self.state is State.HALF_OPEN and now - self._calm_since >= self.calm:
            self._close()

    def _open(self, reason: str) -> None:
        now = self.now()
        self._trips = self._trips + 1 if now - self._opened_at < RETRIP_SECONDS else 1
        self._opened_at = now
        self._until = now + min(LONGEST_SECONDS, self.rest * 2 ** (self._trips - 1)) * self.spread()
        self.state, self.reason, self._hot, self._calm_since = State.OPEN, reason, 0, None

    def _close(self) -> None:
        self.state, self.reason, self._hot, self._calm_since = State.CLOSED, "", 0, None
