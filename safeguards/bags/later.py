"""Bags that a rule asks for: queued, and sealed in a thread of their own, so that nobody waits for one."""

import logging
import queue
import threading
import time
from typing import Any

from django.db import connections

from safeguards.bags import keeping
from safeguards.bags.completing import complete_due
from safeguards.bags.sealing import NotSealed, seal

logger = logging.getLogger(__name__)
WAITING = 10
SAME = ("feature", "person", "before")
LOOK_SECONDS = 10.0  # between two looks for bags to complete
_waiting: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue(WAITING)
_looked_at = [0.0]
_threads: list[threading.Thread] = []


def seal_later(trigger: str, **more: Any) -> None:
    """From any thread. `more` as of `seal`. What asks for the same bag as one that waits gets that one."""
    with _waiting.mutex:
        asked = list(_waiting.queue)
    if any(_same((trigger, more), other) for other in asked):
        return
    try:
        _waiting.put_nowait((trigger, more))
    except queue.Full:
        logger.warning("More bags are asked for than can be sealed; %s gets none.", trigger)


def flush() -> None:
    """Begin with what waits and with what is due; called each second by the chores, which go on at once."""
    is_time = time.monotonic() - _looked_at[0] >= LOOK_SECONDS
    if (_waiting.empty() and not is_time) or any(thread.is_alive() for thread in _threads):
        return
    _looked_at[0] = time.monotonic()
    _threads[:] = [threading.Thread(target=_work, name="bags", daemon=True)]
    _threads[0].start()


def finish(seconds: float = 15.0) -> None:
    """Wait for what was begun; for tests and for commands."""
    for thread in _threads:
        thread.join(seconds)


def reset() -> None:
    """Nothing waits; for tests."""
    finish()
    _looked_at[0] = 0.0
    while not _waiting.empty():
        _waiting.get_nowait()


def _work() -> None:
    try:
        while _seal_one():
            keeping.prune()
        complete_due()
    except Exception:
        logger.exception("A round of bags failed; the next one comes.")
    finally:
        connections.close_all()


def _seal_one() -> bool:
    try:
        trigger, more = _waiting.get_nowait()
    except queue.Empty:
        return False
    try:
        seal(trigger, **more)
    except (NotSealed, ValueError):
        logger.exception("There is no bag of %s.", trigger)
    return True


def _same(one: tuple[str, dict[str, Any]], other: tuple[str, dict[str, Any]]) -> bool:
    """Of the same person, and with the same to put back: else each is a rollback of its own."""
    return one[0] == other[0] and all(one[1].get(what) == other[1].get(what) for what in SAME)
