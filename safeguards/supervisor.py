"""Parent of the worker processes: starts them on one socket, hears their hearts, starts dead ones again."""

import json
import logging
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

logger = logging.getLogger(__name__)
BACKOFF_SECONDS = (1.0, 2.0, 4.0)
HEALTHY_SECONDS = 60.0  # a worker that lived this long starts again without delay
TERM_SECONDS = 3.0
STATUS_SECONDS = 1.0
POLL_SECONDS = 0.1


@dataclass(slots=True)
class Worker:
    """Identified by pid and creation time, so that nothing else is ever signalled."""

    process: subprocess.Popen[bytes]
    created: float
    heart: int
    life: int
    started: float
    gauges: dict[str, Any] = field(default_factory=dict)
    beat: float = 0.0
    buffer: bytes = b""

    def signal(self, number: int) -> None:
        try:
            same = psutil.Process(self.process.pid).create_time() == self.created
        except psutil.NoSuchProcess:
            return
        if same and self.process.poll() is None:
            self.process.send_signal(number)


class Supervisor:
    """`module`: what a worker runs (`python -m module`); `sock`: the one listening socket they share."""

    def __init__(self, module: str, sock: socket.socket, workers: int, server: str, folder: Path) -> None:
        self.module, self.sock, self.wanted, self.server, self.folder = module, sock, workers, server, folder
        self.workers: list[Worker] = []
        self.restarts: list[float] = []
        self._stopping = False
        self._start_at: list[float] = [0.0] * workers
        self._told_at = 0.0
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Until SIGTERM or SIGINT; then everybody says goodbye and is gone."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            while not self._stopping:
                self._fill()
                self._listen()
                self._reap()
                self._tell()
        finally:
            self._end()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _fill(self) -> None:
        now = time.monotonic()
        due = [at for at in self._start_at if at <= now]
        for at in due:
            self._start_at.remove(at)
            self._spawn()

    def _spawn(self) -> None:
        heart, beats = os.pipe()
        last_breath, life = os.pipe()
        os.set_blocking(heart, False)
        command = [sys.executable, "-m", self.module, "--server", self.server, "--socket", str(self.sock.fileno())]
        command += ["--heart", str(beats), "--life", str(last_breath)]
        process = subprocess.Popen(command, pass_fds=(self.sock.fileno(), beats, last_breath))
        os.close(beats)
        os.close(last_breath)
        worker = Worker(process, psutil.Process(process.pid).create_time(), heart, life, time.monotonic())
        self._selector.register(heart, selectors.EVENT_READ, worker)
        self.workers.append(worker)

    def _listen(self) -> None:
        for key, _mask in self._selector.select(POLL_SECONDS):
            worker: Worker = key.data
            try:
                worker.buffer += os.read(worker.heart, 65536)
            except OSError:
                continue
            *lines, worker.buffer = worker.buffer.split(b"\n")
            if lines:
                worker.gauges, worker.beat = json.loads(lines[-1]), time.monotonic()
        if not self._selector.get_map():
            time.sleep(POLL_SECONDS)

    def _reap(self) -> None:
        for worker in [worker for worker in self.workers if worker.process.poll() is not None]:
            self._bury(worker)
            now = time.monotonic()
            lived = now - worker.started
            self.restarts = [at for at in self.restarts if now - at < HEALTHY_SECONDS] + [now]
            delay = BACKOFF_SECONDS[min(len(self.restarts), len(BACKOFF_SECONDS)) - 1]
            self._start_at.append(now if lived > HEALTHY_SECONDS else now + delay)
            logger.warning("Worker %s ended (%s); another one follows.", worker.process.pid, worker.process.returncode)

    def _bury(self, worker: Worker) -> None:
        self.workers.remove(worker)
        self._selector.unregister(worker.heart)
        os.close(worker.heart)
        os.close(worker.life)

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told_at < STATUS_SECONDS:
            return
        self._told_at = now
        rows = [
            {"pid": worker.process.pid, "beat_age_s": round(now - worker.beat, 2), "gauges": worker.gauges}
            for worker in self.workers
        ]
        status = {"at": time.time(), "supervisor": os.getpid(), "restarts": len(self.restarts), "workers": rows}
        try:
            fresh = self.folder / "status.json.new"
            fresh.write_text(json.dumps(status))
            fresh.replace(self.folder / "status.json")
        except OSError:
            logger.warning("The status file could not be written.", exc_info=True)

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
        (self.folder / "status.json").unlink(missing_ok=True)
