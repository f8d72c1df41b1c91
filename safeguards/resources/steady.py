"""A thread that does the same things each second, whatever happens to one of them."""

import logging
import threading
import time
from collections.abc import Callable

from django.db import close_old_connections

from safeguards.resources import gauges

logger = logging.getLogger(__name__)
ROUND_SECONDS = 1.0


class Steady:
    """`start()` it once per process; what is subscribed runs each second in its thread."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._subscribers: list[Callable[[], None]] = []
        self._between: list[Callable[[], None]] = []
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._stop = threading.Event()

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
        return self._stop.wait(ROUND_SECONDS / 2)

    def _run(self) -> None:
        self._round()
        while not self.wait():
            self._round()

    def _round(self) -> None:
        self._act(self._subscribers)
        gauges.report(f"{self.name}_cpu_seconds", time.thread_time())

    def _act(self, acts: list[Callable[[], None]]) -> None:
        for act in acts:
            try:
                act()
            except Exception:
                # The guard must outlive whatever it meets: a dead database, a full disk.
                logger.exception("A round of %s failed; the next one is due in a second.", self.name)
        close_old_connections()
