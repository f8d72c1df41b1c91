"""What binds a worker to its supervisor: a heartbeat one way, a lifeline the other."""

import asyncio
import json
import os
import threading
import time
from collections.abc import Callable

from safeguards.resources import gauges

HEARTBEAT_SECONDS = 0.25
LAST_BREATH_SECONDS = 0.8  # gone within a second after the supervisor


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


def watch_life(life: int, leave: Callable[[], None]) -> None:
    """When the supervisor is gone, however it died, its end of the pipe closes, and this process leaves."""

    def wait() -> None:
        while os.read(life, 1):
            pass
        leave()
        time.sleep(LAST_BREATH_SECONDS)
        os._exit(1)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
