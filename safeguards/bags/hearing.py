"""Asking every witness of this host for one bag, and waiting a bounded time for those who answer.

What they write may be anything: it is bounded, checked, and named as missing where it is no answer."""

import json
import logging
import os
import shutil
import stat
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safeguards.bags.counted import Second, is_second
from safeguards.bags.present import ASK, asks, folder, living
from safeguards.bags.witnessing import BYTES, STACKS, witness
from safeguards.counting import WINDOW_SECONDS

logger = logging.getLogger(__name__)
SECONDS = 3.0  # from the question to the last answer that is waited for; a witness looks each second
LOOK_SECONDS = 0.05
TOGETHER = 4 * 1024 * 1024  # bytes of all answers
LEFT_SECONDS = 60.0  # a question is over by then: who asked it died
pause = time.sleep
LATE, WRONG, MUCH = "no answer in time", "its answer cannot be read", "more than a bag takes"


@dataclass(slots=True)
class Heard:
    """By witness: `stacks` and `seconds` of who answered, and why the others are `missing`."""

    stacks: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, list[Second]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


class Hearing:
    """Asks at once; `close` it afterwards."""

    def __init__(self) -> None:
        self.until = time.monotonic() + SECONDS
        self._room = TOGETHER
        self._heard = Heard()
        self._ask: Path | None = None
        self._awaited = [stem for stem in living() if stem != witness.stem]
        if not self._awaited:
            return
        try:
            _tidy()
            self._ask = Path(tempfile.mkdtemp(prefix=ASK, dir=folder()))
        except OSError as error:
            logger.warning("The workers could not be asked for a bag: %s", error)

    def heard(self) -> Heard:
        """Waits until all have answered, or their time is over."""
        while self._ask is not None and self._awaited:
            self._awaited = [stem for stem in self._awaited if not self._read(self._ask, stem)]
            if not self._awaited or time.monotonic() > self.until:
                break
            pause(LOOK_SECONDS)
        why = LATE if self._ask is not None else "it could not be asked"
        self._heard.missing |= dict.fromkeys(self._awaited, why)
        return self._heard

    def close(self) -> None:
        if self._ask is not None:
            shutil.rmtree(self._ask, ignore_errors=True)

    def _read(self, ask: Path, stem: str) -> bool:
        """Whether there is anything more to wait for of this one."""
        try:
            text = _bytes(ask / f"{stem}.json", self._room)
            self._room -= len(text)
            stacks, seconds = _understood(json.loads(text))
        except FileNotFoundError:
            return False
        except OverflowError:
            self._heard.missing[stem] = MUCH
        except (OSError, ValueError, RecursionError):
            self._heard.missing[stem] = WRONG
        else:
            self._heard.stacks[stem], self._heard.seconds[stem] = stacks, seconds
        return True


def _tidy() -> None:
    """Raises OSError."""
    for name in asks():
        ask = folder() / name
        if time.time() - ask.lstat().st_mtime > LEFT_SECONDS:
            shutil.rmtree(ask, ignore_errors=True)


def _bytes(path: Path, room: int) -> bytes:
    """Raises OverflowError for what is too much, ValueError for what is no file, and OSError."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(file, "rb") as opened:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise ValueError(path)
        text = opened.read(min(BYTES, room) + 1)
    if len(text) > min(BYTES, room):
        raise OverflowError(path)
    return text


def _understood(said: Any) -> tuple[str, list[Second]]:
    """Raises ValueError."""
    stacks = said.get("stacks") if isinstance(said, dict) else None
    seconds = said.get("seconds") if isinstance(said, dict) else None
    if not isinstance(stacks, str) or len(stacks) > STACKS or not isinstance(seconds, list):
        raise ValueError("no answer")
    if len(seconds) > WINDOW_SECONDS + 1 or not all(map(is_second, seconds)):
        raise ValueError("no seconds")
    return stacks, seconds
