"""The kill switch: live collaboration off for everybody, whatever else is dead."""

import logging
import threading
import time
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from safeguards import kill_sources

logger = logging.getLogger(__name__)
Reading = str | None
REASON = 500  # characters that are kept: it travels to every worker each quarter of a second
SUPERVISOR = "supervisor"
READ: dict[str, Callable[[], Reading]] = {
    "file": lambda: kill_sources.read_file(),
    "database": lambda: kill_sources.read_database(),
    "redis": lambda: kill_sources.read_redis(),
}
# Seconds between two readings, so that the slowest way takes less than a second from the command to the last stream.
EVERY = {"file": 0.1, "database": 0.4, "redis": 0.25}
SURE_SECONDS = 1.0  # who reads the other sources has read the file by then
OWED_SECONDS = 5.0  # longer than `off` takes from the row to the file
is_supervised = False  # then only the supervisor's word counts in this process
_readings: dict[str, Reading] = {}  # of each source the last one; a source that is down keeps its word
_known_at: dict[str, float] = {}
_looked_at = [0.0]  # when this process itself last had the file's word, which a supervised one does not watch
_owed_since: list[float] = []
_silent: set[str] = set()  # sources that could not be read when last asked
_threads: list[threading.Thread] = []
_known = threading.Event()


def killed() -> Reading:
    """Why live is off for everybody, None while it is not. From memory."""
    if not _readings:
        _look_at_file()  # before anybody watches; it needs no database
    return next((reason for reason in list(_readings.values()) if reason is not None), None)


def _look_at_file() -> None:
    told("file", kill_sources.read_file())
    _looked_at[:] = [time.monotonic()]


def heard(known_at: float | None, reason: Reading) -> None:
    """The supervisor's word, and when it last read what it says. As soon as that is newer than what this process has
    read or written itself, it alone counts: else who killed here would never be live again."""
    told(SUPERVISOR, reason)
    if known_at is not None and known_at > _looked_at[0] + SURE_SECONDS:
        _readings.pop("file", None)


def known_at() -> float | None:
    """When a source last said whether to kill, on the monotonic clock. The file can only say yes: it is none."""
    return max((at for source, at in _known_at.items() if source != "file"), default=None)


def silent() -> frozenset[str]:
    """Sources that this process could not read when it last asked."""
    return frozenset(_silent)


def told(source: str, reading: Reading) -> None:
    """What somebody else has read for this process."""
    _readings[source] = reading and reading[:REASON]


def watch(wait: float = 0.0) -> None:
    """From now on each source is read in a thread of its own: one that hangs holds up no other.

    `wait`: seconds at most for the first that says whether to kill."""
    alive = {thread.name for thread in _threads if thread.is_alive()}
    for source in _sources():
        if f"kill-{source}" not in alive:
            thread = threading.Thread(target=_watch, args=(source,), name=f"kill-{source}", daemon=True)
            _threads.append(thread)
            thread.start()
    _known.wait(wait)


def refresh() -> None:
    """Ask every source now."""
    for source in _sources():
        _read(source)


def on(reason: str, by: str) -> list[str]:
    """The file first, the database last: it may hang, and the others work without it. Which could not be told."""
    reason = reason[:REASON]
    failed = _tell("file", lambda: kill_sources.write_file(reason, by))
    told("file", reason)
    _looked_at[:] = [time.monotonic()]
    if is_supervised:
        told(SUPERVISOR, reason)
    failed += _tell("redis", lambda: kill_sources.write_redis(reason)) if settings.REDIS_URL else []
    failed += _tell("database", lambda: kill_sources.write_database(killed=True, reason=reason, by=by))
    _hold(reason)
    return failed


def off(reason: str, by: str) -> list[str]:
    """The file last: as long as it is there, nothing is on. Which sources could not be told."""
    reason = reason[:REASON]
    failed = _tell("database", lambda: kill_sources.write_database(killed=False, reason=reason, by=by))
    failed += _tell("redis", lambda: kill_sources.write_redis(None)) if settings.REDIS_URL else []
    failed += _tell("file", lambda: kill_sources.write_file(None, by))
    if "file" not in failed:
        told("file", None)
    _hold(None)
    return failed


def settle() -> None:
    """What was killed while the database was dead is written down there once it is back; called each second or so."""
    try:
        owed = kill_sources.read_file() is not None and READ["database"]() is None
    except (DatabaseError, InterfaceError):
        return
    if not owed:
        _owed_since.clear()
    elif not _owed_since:
        _owed_since.append(time.monotonic())
    elif time.monotonic() - _owed_since[0] > OWED_SECONDS:
        reason, by = kill_sources.read_file_whole()
        _tell("database", lambda: kill_sources.write_database(killed=True, reason=reason, by=by))


def status() -> dict[str, object]:
    """Whether it is killed, why, and which sources say so, as each of them says now."""
    says: dict[str, str] = {}
    silent = []
    for source in _sources():
        try:
            reading = READ[source]()
        except (DatabaseError, InterfaceError, redis.RedisError, OSError):
            silent.append(source)
        else:
            says |= {source: reading} if reading is not None else {}
    return {
        "killed": bool(says),
        "reason": next(iter(says.values()), ""),
        "sources": sorted(says),
        "silent": silent,
    }


def forget() -> None:
    """Nothing has been read yet; for tests."""
    _readings.clear()
    _looked_at[:] = [0.0]
    _known_at.clear()
    _owed_since.clear()
    _silent.clear()


def _sources() -> list[str]:
    return ["file", "database", *(["redis"] if settings.REDIS_URL else [])]


def _hold(reason: Reading) -> None:
    """This process follows at once."""
    if is_supervised:
        told(SUPERVISOR, reason)
    else:
        refresh()


def _watch(source: str) -> None:
    while True:
        _read(source)
        time.sleep(EVERY[source])  # this thread does nothing else


def _read(source: str) -> None:
    began = time.monotonic()  # what was true when the question was asked
    try:
        told(source, READ[source]())
        _known_at[source] = began
        _silent.discard(source)
        if source != "file":
            _known.set()
    except Exception:  # whatever it is: a thread that ends here would never read again
        if source == "database":
            connection.close()
        if source not in _silent:  # once per outage: it is asked four times a second
            _silent.add(source)
            logger.warning("The kill switch cannot be read from %s; its last word stands.", source)


def _tell(source: str, write: Callable[[], None]) -> list[str]:
    try:
        write()
    except (DatabaseError, InterfaceError, redis.RedisError, OSError):
        logger.exception("The kill switch could not be written to %s.", source)
        return [source]
    return []
