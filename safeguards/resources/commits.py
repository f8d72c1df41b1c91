"""Whether anything was written to the database since, for a hundredth of what reading it would cost."""

import os
import threading

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

Mark = tuple[int, ...]
# Of each thread one connection that only asks, and stays: what any other commits changes its answer, be it this process,
# another one or a shell. The product's own connections are closed after each round, and a new one knows of no past.
_own = threading.local()


def mark() -> Mark | None:
    """Another one after each commit and for another file; None where the database does not tell, which may have changed.

    Take it before reading: what is written meanwhile makes the next one differ. Raises DatabaseError, OSError."""
    if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined]  # that of SQLite has it
        return None
    stat = os.stat(connection.settings_dict["NAME"])
    file = stat.st_dev, stat.st_ino
    if getattr(_own, "file", None) != file:  # the first look, or a copy was put in its place
        close()
        _own.asking, _own.file = connection.copy(), file
    asking: BaseDatabaseWrapper = _own.asking
    try:
        with asking.cursor() as cursor:
            cursor.execute("PRAGMA data_version")
            (version,) = cursor.fetchone()
    except Exception:
        close()
        raise
    # Size and time of the file besides: who writes a copy over it commits nothing.
    return *file, stat.st_size, stat.st_mtime_ns, _own.opened, version


def close() -> None:
    """The calling thread's; the next mark is another one."""
    if (asking := getattr(_own, "asking", None)) is not None:
        asking.close()
    _own.asking = _own.file = None
    _own.opened = getattr(_own, "opened", 0) + 1  # counts of two connections say nothing about each other
