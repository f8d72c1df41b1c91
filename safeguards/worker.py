"""What a worker process is from its first breath: a lifeline to its supervisor, then whatever it runs.

`python -m safeguards.worker module:function --socket FD --heart FD --life FD`
"""

import argparse
import asyncio
import importlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from safeguards.resources import gauges

HEARTBEAT_SECONDS = 0.25
LAST_BREATH_SECONDS = 0.7  # gone within a second after the supervisor


class Lifeline:
    """The supervisor's end of this pipe closes when it is gone, however it died; then this process leaves."""

    def __init__(self, life: int) -> None:
        self.life = life
        self.leave: Callable[[], None] | None = (
            None  # how to leave politely, once there is something to leave
        )
        threading.Thread(target=self._wait, name="lifeline", daemon=True).start()

    def _wait(self) -> None:
        while os.read(self.life, 1):
            pass
        if self.leave is not None:
            self.leave()
            time.sleep(LAST_BREATH_SECONDS)
        os._exit(1)


@dataclass(frozen=True, slots=True)
class Place:
    """What a worker is given: the listening socket, its heart, its lifeline."""

    socket: int
    heart: int
    lifeline: Lifeline = field(repr=False)


async def beat(heart: int) -> None:
    """One line of gauges each 250 ms, from the event loop: a blocked loop falls silent."""
    os.set_blocking(heart, False)
    while True:
        try:
            os.write(heart, json.dumps(gauges.snapshot()).encode() + b"\n")
        except BlockingIOError:
            pass  # the supervisor is busy; the next beat says it all again
        except OSError:
            return
        await asyncio.sleep(HEARTBEAT_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("entry")
    for name in ("socket", "heart", "life"):
        parser.add_argument(f"--{name}", type=int, required=True)
    given = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor decides
    place = Place(given.socket, given.heart, Lifeline(given.life))
    module, _colon, function = given.entry.partition(":")
    getattr(importlib.import_module(module), function)(place)


if __name__ == "__main__":
    main()
