"""Permission that ends by itself: whoever grants it has to say so again and again."""

from collections.abc import Callable

LEASE_SECONDS = 5.0


class Lease:
    """Not held until the first renewal."""

    def __init__(self, now: Callable[[], float], seconds: float = LEASE_SECONDS) -> None:
        self.now, self.seconds = now, seconds
        self._renewed_at: float | None = None

    def renew(self, at: float | None = None) -> None:
        """`at`: when what justifies it was known, on the same clock; what comes late extends nothing."""
        at = self.now() if at is None else at
        self._renewed_at = at if self._renewed_at is None else max(self._renewed_at, at)

    def is_fresh(self) -> bool:
        # A clock that was set back makes nothing fresh: an age below zero is no age.
        return self._renewed_at is not None and 0 <= self.now() - self._renewed_at < self.seconds

    def drop(self) -> None:
        self._renewed_at = None
