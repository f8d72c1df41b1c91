"""A breaker over a resource: off while pressure is high, on again by itself after it has been low."""

from collections.abc import Callable
from enum import StrEnum

from safeguards.kernel.decision import YES, Decision

RETRIP_WINDOW = 600.0  # a trip within ten minutes of the last one doubles the time off
LONGEST = 600.0


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"
    FORCED_OPEN = "forced-open"
    DISABLED = "disabled"


class CircuitBreaker:
    """Trips after `strikes` samples in a row at `trip`; half-open after `rest` seconds; closes after
    `calm` seconds in a row below `clear`. Pressure is value / limit, so 1.0 is the limit."""

    def __init__(
        self,
        now: Callable[[], float],
        *,
        trip: float = 0.85,
        clear: float = 0.5,
        strikes: int = 2,
        rest: float = 15.0,
        calm: float = 5.0,
    ) -> None:
        self.now, self.trip, self.clear, self.strikes = now, trip, clear, strikes
        self.rest, self.calm = rest, calm
        self.state, self.reason = State.CLOSED, ""
        self._high, self._opened_at, self._trips = 0, -RETRIP_WINDOW, 0
        self._calm_since: float | None = None

    def sample(self, pressure: float, reason: str = "") -> State:
        """One measurement; the state after it."""
        if self.state in {State.FORCED_OPEN, State.DISABLED}:
            return self.state
        if self.state is State.CLOSED:
            self._watch(pressure, reason)
        else:
            self._recover(pressure, reason)
        return self.state

    def ask(self) -> Decision:
        if self.state in {State.CLOSED, State.DISABLED, State.HALF_OPEN}:
            return YES
        left = self._opened_at + self.dwell() - self.now()
        return Decision(False, self.reason or "overload", max(1.0, left))

    def force_open(self, reason: str) -> None:
        self.state, self.reason = State.FORCED_OPEN, reason

    def disable(self) -> None:
        self.state, self.reason = State.DISABLED, ""

    def release(self) -> None:
        self.state, self.reason, self._high = State.CLOSED, "", 0

    def dwell(self) -> float:
        return float(min(LONGEST, self.rest * 2 ** max(0, self._trips - 1)))

    def _watch(self, pressure: float, reason: str) -> None:
        self._high = self._high + 1 if pressure >= self.trip else 0
        if self._high >= self.strikes:
            self._open(reason)

    def _recover(self, pressure: float, reason: str) -> None:
        now = self.now()
        if pressure >= self.trip and self.state is State.HALF_OPEN:
            self._open(reason)
            return
        if pressure > self.clear:
            self._calm_since = None
            return
        self._calm_since = now if self._calm_since is None else self._calm_since
        if self.state is State.OPEN and now - self._opened_at >= self.dwell():
            self.state, self._calm_since = State.HALF_OPEN, now
        elif self.state is State.HALF_OPEN and now - self._calm_since >= self.calm:
            self.release()

    def _open(self, reason: str) -> None:
        now = self.now()
        self._trips = self._trips + 1 if now - self._opened_at < RETRIP_WINDOW else 1
        self.state, self.reason, self._opened_at = State.OPEN, reason, now
        self._high, self._calm_since = 0, None
