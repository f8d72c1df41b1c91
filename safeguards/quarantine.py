"""Live off for one person by an operator's word, in all processes of this host: a small file that each reads."""

import fcntl
import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from safeguards import breakers

logger = logging.getLogger(__name__)
FILE = "quarantine.json"
MOST = 500  # orders kept; the oldest go first
MEMORY_SECONDS = 3600.0  # a word that is over stays so long, for processes that were busy
Order = dict[str, Any]  # at, until (both epoch seconds; until 0: released), reason, by
_obeyed: dict[str, float] = {}  # person -> the order that this process follows
_read_as: list[tuple[int, int, int]] = []


def put(person: str, seconds: float, reason: str, by: str) -> None:
    """From now on, here at once and elsewhere within a second. Raises OSError."""
    now = time.time()
    _write(person, {"at": now, "until": now + seconds, "reason": reason, "by": by})
    obey()


def release(person: str, by: str) -> None:
    """Also of a quarantine that a rule began. Raises OSError."""
    _write(person, {"at": time.time(), "until": 0, "reason": "", "by": by})
    obey()


def orders() -> dict[str, Order]:
    """Who is quarantined by hand now."""
    return {person: order for person, order in _read().items() if order["until"] > time.time()}


def obey() -> None:
    """Follow what is new; called each second by the chores. Costs one look at the file while nothing is."""
    try:
        stat = _path().stat()
    except FileNotFoundError:
        return
    now_as = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    if _read_as == [now_as]:
        return
    for person, order in _read().items():
        if _obeyed.get(person, 0.0) < order["at"]:
            _obeyed[person] = order["at"]
            _follow(person, order)
    _read_as[:] = [now_as]


def forget() -> None:
    """Nothing has been read; for tests."""
    _obeyed.clear()
    _read_as.clear()


def _follow(person: str, order: Order) -> None:
    left = order["until"] - time.time()
    if left > 0:
        breakers.release(person)  # a rule's own quarantine would end earlier
        breakers.quarantine(person, order["reason"], left, by_hand=True)
    elif not order["until"]:
        breakers.release(person)


def _path() -> Path:
    return Path(settings.DATA_DIR) / FILE


def _read() -> dict[str, Order]:
    try:
        told = json.loads(_path().read_text())
        return {
            str(person): {
                "at": float(order["at"]),
                "until": float(order["until"]),
                "reason": str(order["reason"]),
                "by": str(order["by"]),
            }
            for person, order in told.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _write(person: str, order: Order) -> None:
    with _turn():
        old = time.time() - MEMORY_SECONDS
        kept = {who: said for who, said in _read().items() if max(said["at"], said["until"]) > old}
        kept.pop(person, None)
        newest = [*sorted(kept.items(), key=lambda item: item[1]["at"])[-MOST + 1 :], (person, order)]
        fresh = _path().with_suffix(".new")
        fresh.write_text(json.dumps(dict(newest)))
        fresh.replace(_path())


@contextmanager
def _turn() -> Iterator[None]:
    """One process of the host at a time."""
    with _path().with_suffix(".turn").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
