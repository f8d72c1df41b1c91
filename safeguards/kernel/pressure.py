"""What each gauge says about how close this process is to its bounds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Monitor:
    """`warn`, `trip` and `clear` are shares of `limit`; `most`: the highest level that it alone may ask for."""

    name: str
    limit: float
    warn: float
    trip: float
    clear: float
    most: int = 4

    def pressure(self, value: float) -> float:
        """From 0 to 1; what is no number presses with all its might."""
        share = value / self.limit
        return min(1.0, max(0.0, share)) if share == share else 1.0

    def reading(self, value: float, *, most: int | None = None) -> "Reading":
        p = self.pressure(value)
        ceiling = self.most if most is None else min(self.most, most)
        return Reading(self.name, value, p, p >= self.warn, p >= self.trip, p <= self.clear, ceiling)


@dataclass(frozen=True, slots=True)
class Reading:
    """One sample of one monitor."""

    name: str
    value: float
    pressure: float
    is_warm: bool
    is_hot: bool
    is_clear: bool
    most: int
