"""One worker process as its supervisor sees it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent


class Supervised:
    """Identified by pid and creation time, so that nothing else is ever signalled."""

    def __init__(self, entry: str, sock: int) -> None:
        self.heart, beats = os.pipe()
        last_breath, self.life = os.pipe()
        os.set_blocking(self.heart, False)
        command = [sys.executable, "-m", "safeguards.worker", entry, "--socket", str(sock)]
        command += ["--heart", str(beats), "--life", str(last_breath)]
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in paths if path)}
        try:
            self.process = subprocess.Popen(command, pass_fds=(sock, beats, last_breath), env=environment)
        finally:
            os.close(beats)
            os.close(last_breath)
        self.created = psutil.Process(self.process.pid).create_time()
        self.started = self.beat_at = time.monotonic()
        self.gauges: dict[str, Any] = {}
        self._buffer = b""

    def hear(self) -> bool:
        """Read what the heart says; whether it may say more."""
        try:
            heard = os.read(self.heart, 65536)
        except BlockingIOError:
            return True
        *lines, self._buffer = (self._buffer + heard).split(b"\n")
        if lines:
            self.beat_at = time.monotonic()
            self._understand(lines[-1])
        return bool(heard)

    def signal(self, number: int) -> None:
        try:
            same = psutil.Process(self.process.pid).create_time() == self.created
        except psutil.NoSuchProcess:
            return
        if same and self.process.poll() is None:
            self.process.send_signal(number)

    def is_dead(self) -> bool:
        return self.process.poll() is not None

    def close(self) -> None:
        os.close(self.heart)
        os.close(self.life)

    def status(self) -> dict[str, Any]:
        age = round(time.monotonic() - self.beat_at, 2)
        return {"pid": self.process.pid, "beat_age_s": age, "gauges": self.gauges}

    def _understand(self, line: bytes) -> None:
        try:
            self.gauges = json.loads(line)
        except ValueError:
            self.gauges = {}  # cut short by a full pipe; the next beat says it all again
