"""One thread that measures this process once a second, outside the event loop it watches."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable

import psutil
from django.db import close_old_connections

from safeguards import conf
from safeguards.resources import gauges

logger = logging.getLogger(__name__)
INTERVAL = 1.0
CPU_SAMPLES = 2  # CPU is judged over 2 s


class Sampler:
    """`start()` it once per process; what is subscribed runs each second in its thread."""

    def __init__(self) -> None:
        self._subscribers: list[Callable[[], None]] = []
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pinged_at: float | None = None
        self._cpu: list[float] = []
        self._process = psutil.Process()

    def subscribe(self, act: Callable[[], None]) -> None:
        if act not in self._subscribers:
            self._subscribers.append(act)

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Measure how late this loop answers."""
        self._loop = loop

    def start(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        self._stop.clear()
        self._process.cpu_percent()
        self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None

    def measure(self) -> None:
        self._cpu = [*self._cpu[-(CPU_SAMPLES - 1) :], self._process.cpu_percent() / 100]
        gauges.report("cpu_cores", sum(self._cpu) / len(self._cpu))
        gauges.report("rss_bytes", self._process.memory_info().rss)
        gauges.report("threads", self._process.num_threads())
        gauges.report("file_descriptors", self._process.num_fds())
        self._measure_lag()

    def _measure_lag(self) -> None:
        now = time.monotonic()
        if self._pinged_at is not None:
            gauges.report("loop_lag_ms", (now - self._pinged_at) * 1000)  # not answered yet
            return
        if self._loop is None or self._loop.is_closed():
            return
        self._pinged_at = now
        self._loop.call_soon_threadsafe(self._answer, now)

    def _answer(self, asked_at: float) -> None:
        gauges.report("loop_lag_ms", (time.monotonic() - asked_at) * 1000)
        self._pinged_at = None

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL):
            for act in (self.measure, *self._subscribers):
                try:
                    act()
                except Exception:
                    # The guard must outlive whatever it meets: a dead database, a full disk.
                    logger.exception("A sample failed; the next one is due in a second.")
            close_old_connections()


sampler = Sampler()


def pressure() -> tuple[float, str]:
    """The highest of the monitors as a share of its trip level, and its name."""
    values = gauges.snapshot()
    shares = {
        "cpu": values.get("cpu_cores", 0.0) / conf.number("cpu_trip"),
        "loop_lag": values.get("loop_lag_ms", 0.0) / conf.number("lag_ms"),
        "memory": values.get("rss_bytes", 0.0) / (0.9 * conf.number("rss_bytes")),
    }
    name = max(shares, key=lambda monitor: shares[monitor])
    return shares[name], name
