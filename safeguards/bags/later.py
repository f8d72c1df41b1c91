"""Bags that a rule asks for: owed, and sealed in a thread of their own, so that nobody waits for one."""

import logging
import threading
import time
from typing import Any

from django.db import connections

from safeguards.bags import keeping, owed
from safeguards.bags.completing import complete_due
from safeguards.bags.sealing import NotSealed, seal

logger = logging.getLogger(__name__)
LOOK_SECONDS = 10.0  # between two looks for bags to complete
_looked_at = [0.0]
_threads: list[threading.Thread] = []


def seal_later(trigger: str, **more: Any) -> None:
    """From any thread that may write a small file. `more` as of `seal`, but for the incident. Never raises.

    What asks for the same bag as one that waits gets that one. Should this process end first, another one seals it."""
    try:
        owed.ask(owed.Asked(trigger, more))
    except OSError:
        logger.exception("There is no bag of %s.", trigger)


def flush() -> None:
    """Begin with what is owed and with what is due; called each second by the chores, which go on at once."""
    is_time = time.monotonic() - _looked_at[0] >= LOOK_SECONDS
    if any(thread.is_alive() for thread in _threads) or not (is_time or owed.due()):
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
    owed.reset()


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
    """Whether there was one. One that could not be written stays owed: the disk may have room again in a minute."""
    taken = owed.take()
    if taken is None:
        return False
    file, asked = taken
    try:
        seal(asked.trigger, **asked.more)
    except NotSealed:
        logger.exception("There is no bag of %s yet.", asked.trigger)
        return True
    except (ValueError, TypeError):
        logger.exception("There is no bag of %s.", asked.trigger)
    owed.settled(file)
    return True
