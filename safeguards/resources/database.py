"""How fast the database answers, and how long one waits for a connection to it."""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from safeguards.resources import gauges


class Database:
    """`time` what asks it each second, in a thread that may wait; `report` from the sampler, which may not."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._asked_at: float | None = None
        self._took = 0.0
        self._waits = (0.0, 0.0)  # milliseconds waited and connections given out, since the start

    def time(self, asking: Callable[[], None]) -> None:
        """Raises what it raises."""
        self._asked_at = asked_at = self.now()
        try:
            asking()
        finally:
            self._took, self._asked_at = self.now() - asked_at, None
        pool = getattr(connection, "pool", None)
        if pool is not None:
            self.pooled(pool.get_stats(), pool.max_size)

    def report(self) -> None:
        """The last answer's time, or how long the next one has been missing."""
        asked_at = self._asked_at
        missing = self.now() - asked_at if asked_at is not None else 0.0
        gauges.report("db_ms", max(self._took, missing) * 1000)

    def pooled(self, told: dict[str, Any], most: int) -> None:
        given, waited = float(told.get("requests_num", 0)), float(told.get("requests_wait_ms", 0))
        before_waited, before_given = self._waits
        self._waits = waited, given
        gauges.report("db_wait_ms", (waited - before_waited) / max(1.0, given - before_given))
        used = told.get("pool_size", 0) - told.get("pool_available", 0) + told.get("requests_waiting", 0)
        gauges.report("connections", used)
        gauges.report("connection_share", used / most)


database = Database()
