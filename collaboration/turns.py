"""Writers of one process go one after the other on SQLite, which itself only lets them try again and again."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

_lock = threading.Lock()


@contextmanager
def turn() -> Iterator[Callable[[], None]]:
    """Wait for one's turn; what it yields ends it early, as soon as the change is committed.

    Inside another transaction there is no waiting: that one holds the database already."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield lambda: None
        return
    _lock.acquire()
    mine = [True]

    def end() -> None:
        if mine:
            mine.pop()
            _lock.release()

    try:
        yield end
    finally:
        end()
