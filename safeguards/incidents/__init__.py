"""What a safeguard did by itself, or somebody declared: evidence on file, a row, a line in the audit trail, a runbook."""

from safeguards.incidents import files, rows, telling
from safeguards.incidents.files import ONGOING_SECONDS, SAME_SECONDS, record
from safeguards.incidents.shelf import RUNBOOKS, folder, recent

__all__ = [
    "ONGOING_SECONDS",
    "RUNBOOKS",
    "SAME_SECONDS",
    "flush",
    "folder",
    "recent",
    "record",
    "reset",
    "write",
]


def flush() -> None:
    """Write what waits, make the rows that are owed, tell who wants to know; called by the chores and the supervisor."""
    write()
    telling.flush()


def write() -> None:
    """The same without telling anybody. The files come first, and need no database."""
    files.flush()
    rows.settle()


def reset() -> None:
    """Forget what is open and what is known; for tests."""
    files.reset()
    rows.reset()
    telling.reset()
