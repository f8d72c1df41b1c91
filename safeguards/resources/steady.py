"""A thread that does the same things each second, whatever happens to one of them."""

import logging
import threading
import time
from collections.abc import Callable

from django.db import close_old_connections

from safeguards.resources import gauges

logger = logging.getLogger(__name__)
ROUND_SECONDS = 1.0


class End:
    """An Event that is waited for without making a lock each time: the sampler does so eight times a second."""

    def __init__(self) -> None:
        self._going_on = threading.Lock()
        self._going_on.acquire()

    def set(self) -> None:
        if self._going_on.locked():
            self._going_on.release()

    def clear(self) -> None:
        self._going_on.acquire(blocking=False)

    def wait(self, seconds: float) -> bool:
        """Whether it is set."""
        if not self._going_on.acquire(timeout=seconds):
            return False
        self._going_on.release()
        return True


class Steady:
    """`start()` it once per process; what is subscribed runs each second in its thread."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._subscribers: list[Callable[[], None]] = []
        self._between: list[Callable[[], None]] = []
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._stop = End()

    def subscribe(self, act: Callable[[], None]) -> None:
        if act not in self._subscribers:
            self._subscribers.append(act)

    def subscribe_between(self, act: Callable[[], None]) -> None:
        """Runs between two rounds, halfway or more often: for what may not be a whole second old."""
        if act not in self._between:
            self._between.append(act)

    def start(self) -> None:
        """Idempotent and cheap; one that has died begins anew."""
        if self._thread is not None and self._thread.is_alive():
            return
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._stop.clear()
                self.begin()
                self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
                self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None

    def begin(self) -> None:
        """Before the first round, in the thread that starts it."""

    def wait(self) -> bool:
        """Until the next round is due; whether it shall end."""
        if self._stop.wait(ROUND_SECONDS / 2):
            return True
        self._act(self._between)
        close_old_connections()
        return self._stop.wait(ROUND_SECONDS / 2)

    def _run(self) -> None:
        self._round()
        while not self.wait():
            self._round()

    def _round(self) -> None:
        self._act(self._subscribers)
        close_old_connections()
        gauges.report(f"{self.name}_cpu_seconds", time.thread_time())

    def _act(self, acts: list[Callable[[], None]]) -> None:
        for act in acts:
            try:
                act()
            except Exception:
                # The guard must outlive whatever it meets: a dead database, a full disk.
                logger.exception("A round of %s failed; the next one is due in a second.", self.name)
