"""Parent of the worker processes: starts them on one socket, hears their hearts, starts dead ones again."""

import logging
import os
import selectors
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import FrameType

from safeguards import status
from safeguards.supervised import Supervised

logger = logging.getLogger(__name__)
BACKOFF_SECONDS = (1.0, 2.0, 4.0)
HEALTHY_SECONDS = 60.0  # restarts longer ago are forgotten
TERM_SECONDS = 3.0
STATUS_SECONDS = 1.0
POLL_SECONDS = 0.1


class Supervisor:
    """`entry`: what a worker runs, as "module:function"; `sock`: the one listening socket they share."""

    def __init__(self, entry: str, sock: socket.socket, workers: int, folder: Path) -> None:
        self.entry, self.sock, self.folder = entry, sock, folder
        self.workers: list[Supervised] = []
        self.restarts = 0
        self._recent: list[float] = []
        self._start_at = [0.0] * workers
        self._told_at = 0.0
        self._stopping = False
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Until SIGTERM or SIGINT; then everybody says goodbye and is gone."""
        self._watch_signals()
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            while not self._stopping:
                self._start_due()
                self._listen()
                self._replace_dead()
                self._tell()
        finally:
            self._end()

    def _watch_signals(self) -> None:
        waking, awake = os.pipe()  # a signal ends the waiting at once
        for end in (waking, awake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(awake)
        self._selector.register(waking, selectors.EVENT_READ)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _start_due(self) -> None:
        now = time.monotonic()
        due = [at for at in self._start_at if at <= now]
        for at in due:
            self._start_at.remove(at)
            self._start()

    def _start(self) -> None:
        try:
            worker = Supervised(self.entry, self.sock.fileno())
        except OSError:
            logger.exception("A worker could not be started.")
            self._start_at.append(time.monotonic() + self._delay())
            return
        self._selector.register(worker.heart, selectors.EVENT_READ, worker)
        self.workers.append(worker)

    def _listen(self) -> None:
        for key, _mask in self._selector.select(POLL_SECONDS):
            worker: Supervised | None = key.data
            if worker is None:
                os.read(key.fd, 64)
            elif not worker.hear():
                self._selector.unregister(worker.heart)

    def _replace_dead(self) -> None:
        for worker in [worker for worker in self.workers if worker.is_dead()]:
            self._bury(worker)
            delay = self._delay()
            self._start_at.append(time.monotonic() + delay)
            logger.warning(
                "Worker %s ended (%s); another one starts in %g s.",
                worker.process.pid,
                worker.process.returncode,
                delay,
            )

    def _delay(self) -> float:
        now = time.monotonic()
        self.restarts += 1
        self._recent = [at for at in self._recent if now - at < HEALTHY_SECONDS] + [now]
        return BACKOFF_SECONDS[min(len(self._recent), len(BACKOFF_SECONDS)) - 1]

    def _bury(self, worker: Supervised) -> None:
        self.workers.remove(worker)
        if worker.heart in self._selector.get_map():
            self._selector.unregister(worker.heart)
        worker.close()

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told_at < STATUS_SECONDS:
            return
        self._told_at = now
        rows = [worker.status() for worker in self.workers]
        told = {"at": time.time(), "supervisor": os.getpid(), "restarts": self.restarts, "workers": rows}
        status.write(self.folder, told)

    def _end(self) -> None:
        for worker in self.workers:
            worker.signal(signal.SIGTERM)
        deadline = time.monotonic() + TERM_SECONDS
        for worker in list(self.workers):
            try:
                worker.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.signal(signal.SIGKILL)
                worker.process.wait()
            self._bury(worker)
        status.clear(self.folder)
