"""Settings for a server that a test may ill-treat; nothing of the product knows of them.

A file `burn` in DATA_DIR makes each worker spin; SABOTAGE=deaf makes it never hear the kill switch. With a file
`dead` nothing reads the kill switch from the database any more; with `hung` no database job of the wire ends.
"""

import os
import sys
import threading
import time
from pathlib import Path

from django.apps import AppConfig
from django.db import OperationalError

from board.settings import *  # noqa: F403 - all settings, but for those below
from board.settings import DATA_DIR, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.support.sabotage.Sabotage"]
# A short rest, and only the processor is looked at: other work on a test machine is no overload. It also keeps a
# spin from a whole core, so that less than one has to do.
PARLEY = {"ladder_dwell_seconds": 2, "lag_ms": 60_000, "rss_bytes": 1 << 40, "spin_seconds": 3}
PARLEY |= {
    "cpu_cores_trip": 0.5,
    "cpu_cores_clear": 0.3,
    "spin_cores": 0.5,
    "recycled_rest_seconds": 6,
    "breaker_clean_seconds": 2,
}
WRITE = {"write_interval": 1.0, "write_burst": 40}  # seconds; the slowest machine still writes faster
PARLEY |= WRITE


class Sabotage(AppConfig):
    name = "tests.support"
    label = "sabotage"

    def ready(self) -> None:
        from collaboration import jobs  # noqa: PLC0415 - models are there only now
        from safeguards import kill, kill_sources  # noqa: PLC0415 - models are there only now

        run = jobs._run
        jobs._run = lambda job, args: hang() or run(job, args)
        read = kill_sources.read_database
        kill_sources.read_database = lambda: die() if (DATA_DIR / "dead").exists() else read()

        if Path(sys.argv[0]).name == "worker.py":
            threading.Thread(target=burn, daemon=True).start()
        if os.environ.get("SABOTAGE") == "deaf":
            kill.killed = lambda: None


def hang() -> None:
    while (DATA_DIR / "hung").exists():
        time.sleep(0.05)  # between two looks


def die() -> None:
    raise OperationalError("the database is dead")


def burn() -> None:
    """Spins while it is told to, in Python alone: nothing in it hands the interpreter on before its time is up."""
    while True:
        while (DATA_DIR / "burn").exists():
            end = time.monotonic() + 0.2
            while time.monotonic() < end:
                pass
        time.sleep(0.1)  # between two looks
