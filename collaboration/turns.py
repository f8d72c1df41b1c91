"""Writers of one process go one after the other on SQLite, which itself only lets them try again and again."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection

from safeguards.resources import gauges

USUAL_SECONDS = 5.0  # how long SQLite itself waits when it is told nothing
_lock = threading.Lock()


@contextmanager
def turn() -> Iterator[Callable[[], None]]:
    """Wait for one's turn; what it yields ends it early, as soon as the change is committed.

    Inside another transaction there is no waiting: that one holds the database already. Raises OperationalError
    after as long as a single writer would have waited for the database.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield lambda: None
        return
    began = time.monotonic()
    if not _lock.acquire(timeout=connection.settings_dict["OPTIONS"].get("timeout", USUAL_SECONDS)):
        raise OperationalError("database is locked: no turn came in time")
    gauges.peak("db_wait_ms", (time.monotonic() - began) * 1000)
    mine = [True]

    def end() -> None:
        if mine:
            mine.pop()
            _lock.release()

    try:
        yield end
    finally:
        end()
