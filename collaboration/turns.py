"""Writers of one process go one after the other on SQLite, which itself only lets them try again and again."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection

from safeguards.resources import gauges

USUAL_SECONDS = 5.0  # how long SQLite itself waits when it is told nothing


class Line:
    """Whoever waits longest is next: a plain lock goes to whoever asks first once it is free, and that is mostly the
    one who has just had it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self.taken = False

    def acquire(self, timeout: float) -> bool:
        with self._guard:
            if not self.taken:
                self.taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=timeout):
            return True
        with self._guard:
            if mine not in self._waiting:
                return True  # handed over at the last moment
            self._waiting.remove(mine)
            return False

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self.taken = False


_line = Line()


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
    if not _line.acquire(connection.settings_dict["OPTIONS"].get("timeout", USUAL_SECONDS)):
        raise OperationalError("database is locked: no turn came in time")
    gauges.peak("db_wait_ms", (time.monotonic() - began) * 1000)
    mine = [True]

    def end() -> None:
        if mine:
            mine.pop()
            _line.release()

    try:
        yield end
    finally:
        end()
