"""How long whoever is turned away is told to wait, where nobody knows when it is over."""

import time
from collections.abc import Callable

# A page asks ten times in ten minutes and then waits for a person. Told to wait as long as it has lasted so far, and
# then so long each time, its tries last however long it takes, and it comes back unaided.
LONGEST_SECONDS = 120.0


class Patience:
    def __init__(self, least: float, now: Callable[[], float] = time.monotonic) -> None:
        self.least, self.now = least, now
        self._off_since: float | None = None

    def is_back(self) -> None:
        """What was off is on: the next time begins anew."""
        self._off_since = None

    def seconds(self) -> float:
        """From `least` on as long as it has been off, and never more than LONGEST_SECONDS."""
        now = self.now()
        if self._off_since is None:
            self._off_since = now
        return min(LONGEST_SECONDS, max(self.least, now - self._off_since))
