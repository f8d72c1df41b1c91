"""Settings for a server that drills may ill-treat. No product module knows of them.

A file in DATA_DIR/faults makes every worker misbehave: `spin`, `block`, `leak`, `blind`, `slow-reads` (of the log, in
milliseconds), `slow-queries` (each, in milliseconds), `chatter` (events a second on the first board); `stall` keeps the
supervisor from the database, too.
PARLEY_JSON overrides limits.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.apps import AppConfig
from django.db.backends.utils import CursorWrapper

from board.settings import *  # noqa: F403 - it is the product's settings and one app more
from board.settings import DATA_DIR, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "board.proof.faults.Faults"]
PARLEY = json.loads(os.environ.get("PARLEY_JSON", "{}"))
FOLDER = DATA_DIR / "faults"
LEAK_BYTES = 500 * 1024  # per event: the memory is to be full before the processor is, see the drill
BLOCK_SECONDS = 3.0
_leaked: list[bytearray] = []


class Faults(AppConfig):
    name = "board.proof"
    label = "faults"

    def ready(self) -> None:
        if Path(sys.argv[0]).name == "worker.py" or "serve" in sys.argv[1:2]:
            CursorWrapper._execute = stalling(CursorWrapper._execute)  # type: ignore[attr-defined]  # not in the stubs
        if Path(sys.argv[0]).name == "worker.py":
            CursorWrapper._execute = slow(CursorWrapper._execute, "slow-queries")  # type: ignore[attr-defined]
            for act in (spin, look, chatter):
                threading.Thread(target=act, daemon=True).start()


def spin() -> None:
    """Pure computing in a thread: answers stay fast, nothing fails."""
    while True:
        while (FOLDER / "spin").exists():
            end = time.monotonic() + 0.2
            while time.monotonic() < end:
                pass
        time.sleep(0.1)  # the drill tells by a file alone: nothing would wake this thread


def look() -> None:
    from board import guards  # noqa: PLC0415 - there are models only now
    from collaboration import joining, pump  # noqa: PLC0415 - the same
    from safeguards.resources import gauges  # noqa: PLC0415 - the same
    from safeguards.resources.sampler import sampler  # noqa: PLC0415 - the same

    pump._after, joining.replay = slow(pump._after), slow(joining.replay)
    seen = 0.0
    while True:
        time.sleep(0.05)  # as often as it looks for its files: how late a fault begins
        if (FOLDER / "block").exists() and guards._started:
            (FOLDER / "block").unlink(missing_ok=True)
            guards._started[0].call_soon_threadsafe(block)
        if (FOLDER / "blind").exists():
            sampler.start = lambda: None  # type: ignore[method-assign]  # dead, and nothing wakes it
            sampler._stop.set()
        events = gauges.snapshot().get("events_total", 0.0)
        if (FOLDER / "leak").exists():
            _leaked.extend(
                bytearray(os.urandom(64)) * (LEAK_BYTES // 64) for _event in range(int(events - seen))
            )
        seen = events


def chatter() -> None:
    """Somebody who never stops talking, without the cost of a request each."""
    from board.models import Membership, Zone  # noqa: PLC0415 - models again
    from board.operations.cards import create_card  # noqa: PLC0415 - models again

    due = time.monotonic()
    while True:
        rate = told("chatter")
        if not rate:
            time.sleep(0.05)  # until its file is there
            due = time.monotonic()
            continue
        seat = Membership.objects.select_related("board", "user").exclude(role="observer").first()
        assert seat is not None
        zone = Zone.objects.filter(board=seat.board).values_list("uid", flat=True)[0]
        while rate and told("chatter"):
            create_card(seat.board.slug, seat.user, uuid4(), "fact", "Said by somebody who never stops", zone)
            due += 1 / rate
            time.sleep(max(0.0, due - time.monotonic()))  # so many a second, and no more


def stalling(execute: Any) -> Any:
    def wait(*args: Any) -> Any:
        while (FOLDER / "stall").exists():
            time.sleep(0.05)  # this is the fault: whoever asks the database waits until the file is gone
        return execute(*args)

    return wait


def told(name: str) -> int:
    """The number in a fault's file; 0 without one."""
    try:
        return int((FOLDER / name).read_text())
    except (OSError, ValueError):
        return 0


def slow(reading: Any, fault: str = "slow-reads") -> Any:
    def read(*args: Any) -> Any:
        time.sleep(told(fault) / 1000)  # this is the fault: a slow disk
        return reading(*args)

    return read


def block() -> None:
    time.sleep(BLOCK_SECONDS)  # this is the fault: the event loop that runs it hangs
