"""Bags that are asked for and not sealed yet: a small file each, beside the bags, so that no process takes one with it
when it ends. Who asked seals it at once; after a few seconds anybody may. Whoever renames the file has it."""

import json
import logging
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from safeguards.bags import store

logger = logging.getLogger(__name__)
OWED = ".owed-"  # then when anybody may take it, in nanoseconds
NAME = re.compile(rf"{re.escape(OWED)}(\d+)-[0-9a-f]{{32}}")
WAITING, BYTES = 64, 2 * 1024 * 1024
HEAD_START_SECONDS = 5.0  # of who asked, which also has the incident in hand that the bag is to name
AGAIN_SECONDS = 60.0  # longer than any seal takes: then it has failed, or its process is dead
OLD_SECONDS = 600.0  # by then nothing that a bag holds says how it began
SAME = ("feature", "person", "before")


@dataclass(frozen=True, slots=True)
class Asked:
    """`more`: as of `seal`."""

    trigger: str
    more: dict[str, Any]

    def is_same(self, other: "Asked") -> bool:
        """Of the same person, and with the same to put back: else each is a rollback of its own."""
        is_alike = all(self.more.get(what) == other.more.get(what) for what in SAME)
        return self.trigger == other.trigger and is_alike


_mine: dict[str, Asked] = {}  # names of files that this process has written and not begun with


def ask(asked: Asked) -> None:
    """What is the same as one that waits here gets that one. Raises OSError."""
    if any(asked.is_same(other) for other in list(_mine.values())):
        return
    text = json.dumps([asked.trigger, asked.more], default=str)
    if len(every()) >= WAITING or len(text) > BYTES:
        logger.warning("More bags are asked for than can be sealed; %s gets none.", asked.trigger)
        return
    store.home().mkdir(mode=0o700, parents=True, exist_ok=True)
    file = store.home() / _name(HEAD_START_SECONDS)
    fresh = file.with_suffix(".new")
    try:
        fresh.write_text(text)
        fresh.rename(file)
    finally:
        fresh.unlink(missing_ok=True)
    _mine[file.name] = asked


def every() -> list[Path]:
    """The one that waits longest first. What is too old is gone."""
    found = []
    for file in sorted(store.home().glob(f"{OWED}*")):
        try:
            is_old = abs(time.time() - file.stat().st_mtime) > OLD_SECONDS  # also after a clock was set back
        except OSError:
            continue  # somebody has taken it
        if is_old:
            logger.warning("A bag that was asked for could not be sealed in time: there is none.")
            file.unlink(missing_ok=True)
        elif NAME.fullmatch(file.name):
            found.append(file)
    return found


def due() -> list[Path]:
    """What this process may begin with."""
    now = time.time_ns()
    return [file for file in every() if file.name in _mine or _free_at(file) <= now]


def take() -> tuple[Path, Asked] | None:
    """One, for this process alone: it is `settled`, or free again after a while."""
    mine = [*_mine]
    for file in due():
        _mine.pop(file.name, None)
        try:
            taken = file.rename(file.with_name(_name(AGAIN_SECONDS)))
        except OSError:
            continue  # another process has it
        if (asked := _read(taken)) is not None:
            return taken, asked
        settled(taken)
    for name in mine:
        _mine.pop(name, None)  # others have them
    return None


def settled(taken: Path) -> None:
    """There is a bag, or there can be none."""
    taken.unlink(missing_ok=True)


def reset() -> None:
    """Nothing is owed; for tests."""
    _mine.clear()
    for file in store.home().glob(f"{OWED}*"):
        file.unlink(missing_ok=True)


def _name(seconds: float) -> str:
    return f"{OWED}{time.time_ns() + round(seconds * 1e9)}-{uuid4().hex}"


def _free_at(file: Path) -> int:
    return int(file.name.removeprefix(OWED).partition("-")[0])


def _read(file: Path) -> Asked | None:
    """None for what cannot have been written here."""
    try:
        trigger, more = json.loads(file.read_text()) if file.stat().st_size <= BYTES else (None, None)
    except (OSError, ValueError, TypeError):
        return None
    return Asked(trigger, more) if isinstance(trigger, str) and isinstance(more, dict) else None
