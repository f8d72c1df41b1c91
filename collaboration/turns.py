"""Writers go one after the other on SQLite, which itself only lets them try again and again: some for seconds."""

import fcntl
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from django.db import OperationalError, connection

from safeguards.resources import gauges

logger = logging.getLogger(__name__)
USUAL_SECONDS = 5.0  # how long SQLite itself waits when it is told nothing
TRY_SECONDS = 0.001
ENDS = (".next", ".turn")  # of the files beside the database
LATE = "database is locked: no turn came in time"


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


class Turnstile:
    """The same among processes, one writer of each: whoever waits holds the first of two locks, so whoever has just had
    the second waits behind. The system frees what a process held that dies.

    Where files cannot be locked there is no waiting here: then SQLite's own has to do."""

    def __init__(self, path: str) -> None:
        self._files = [os.open(path + end, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644) for end in ENDS]
        for file in self._files:  # some file systems refuse only now
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                fcntl.flock(file, fcntl.LOCK_UN)

    def acquire(self, deadline: float) -> bool:
        first, second = self._files
        if not _locked(first, deadline):
            return False
        try:
            return _locked(second, deadline)
        finally:
            fcntl.flock(first, fcntl.LOCK_UN)

    def release(self) -> None:
        fcntl.flock(self._files[1], fcntl.LOCK_UN)


def _locked(file: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(TRY_SECONDS)  # the system can wait, but no longer or shorter than it takes
        else:
            return True


_line = Line()


@cache
def _turnstile(path: str, _process: int) -> Turnstile | None:
    """One for each process: a lock is shared with those it starts."""
    if not Path(path).is_file():
        return None  # in the memory of this process
    try:
        return Turnstile(path)
    except OSError:
        logger.warning(
            "Nothing beside %s can be locked: writers of several processes wait as SQLite does.", path
        )
        return None


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
    patience = connection.settings_dict["OPTIONS"].get("timeout", USUAL_SECONDS)
    if not _line.acquire(patience):
        raise OperationalError(LATE)
    mine = [_line.release]

    def end() -> None:
        while mine:
            mine.pop()()

    try:
        turnstile = _turnstile(str(connection.settings_dict["NAME"]), os.getpid())
        if turnstile is not None:
            if not turnstile.acquire(began + patience):
                raise OperationalError(LATE)
            mine.append(turnstile.release)
        gauges.peak("db_wait_ms", (time.monotonic() - began) * 1000)
        yield end
    finally:
        end()
