"""One worker process as its supervisor sees it: from outside, by pid and creation time."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any

import psutil

from safeguards.worker import ASK_STACKS, MORE, STACKS

ROOT = Path(__file__).resolve().parent.parent
STACK_BYTES = 64 * 1024
ANSWER_SECONDS = 0.4  # a thread that holds the interpreter for longer lets none of its own write anything


class Supervised:
    """Identified by pid and creation time, so that nothing else is ever signalled. `rest`: seconds without live."""

    def __init__(self, entry: str, sock: int, rest: float = 0.0, workers: int = 1) -> None:
        self.heart, beats = os.pipe()
        last_breath, self.life = os.pipe()
        os.set_blocking(self.heart, False)
        os.set_blocking(self.life, False)
        self.stacks = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        command = [sys.executable, "-m", "safeguards.worker", entry, "--socket", str(sock)]
        command += ["--heart", str(beats), "--life", str(last_breath), "--rest", f"{rest:g}"]
        command += ["--stacks", str(self.stacks.fileno())]
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
            "WORKERS": str(workers),
        }
        handed_down = (sock, beats, last_breath, self.stacks.fileno())
        try:
            self.process = subprocess.Popen(command, pass_fds=handed_down, env=environment)
        finally:
            os.close(beats)
            os.close(last_breath)
        self.outside = psutil.Process(self.process.pid)
        self.created = self.outside.create_time()
        self.started = self.beat_at = time.monotonic()
        self.rest = rest
        self.left_alone = ""  # the rule that it breaks, while nothing is done about it
        self.gauges: dict[str, Any] = {}
        self.loud: dict[str, Any] = {}
        self.has_beaten = False
        self.cores = 0.0
        self.rss = 0
        self._cpu: deque[tuple[float, float]] = deque(maxlen=3)
        self.sent: set[int] = set()
        self._insist_at = float("inf")
        self._buffer = b""

    def hear(self) -> bool:
        """Read what the heart says; whether it may say more."""
        try:
            heard = os.read(self.heart, 65536)
        except BlockingIOError:
            return True
        *lines, self._buffer = (self._buffer + heard).split(b"\n")
        if lines:
            self.beat_at, self.has_beaten = time.monotonic(), True
            for line in lines:
                self._understand(line)
        return bool(heard)

    def tell(self, said: dict[str, Any]) -> None:
        """One line down the lifeline; a worker that does not read misses it, and its lease ends."""
        try:
            os.write(self.life, json.dumps(said).encode() + b"\n")
        except OSError:
            return

    def sample(self) -> None:
        """Processor and memory, as the system counts them: nothing in the worker can hide them."""
        try:
            with self.outside.oneshot():
                if self.outside.create_time() != self.created:
                    return
                times, self.rss = self.outside.cpu_times(), self.outside.memory_info().rss
        except psutil.Error:
            return
        self._cpu.append((time.monotonic(), times.user + times.system))
        (since, before), (now, used) = self._cpu[0], self._cpu[-1]
        self.cores = (used - before) / (now - since) if now > since else 0.0

    def silent_seconds(self) -> float:
        return time.monotonic() - self.beat_at

    def ask_stacks(self) -> None:
        """Told by the worker's interpreter; by a signal's handler only if that is silent, see `insist_on_stacks`: the
        handler reads what other threads change meanwhile, and can crash the worker."""
        self.tell({STACKS: True})
        self._insist_at = time.monotonic() + ANSWER_SECONDS

    def insist_on_stacks(self) -> None:
        if time.monotonic() < self._insist_at:
            return
        self._insist_at = float("inf")
        if not self.read_stacks():
            self.signal(ASK_STACKS)

    def read_stacks(self) -> str:
        """Every thread's stack with file and line, as it was told when it was last asked."""
        self.stacks.seek(0)
        return self.stacks.read(STACK_BYTES).decode("utf-8", "replace")

    def forget_stacks(self) -> None:
        self.stacks.seek(0)
        self.stacks.truncate()

    def signal(self, number: int) -> None:
        try:
            same = psutil.Process(self.process.pid).create_time() == self.created
        except psutil.NoSuchProcess:
            return
        if same and self.process.poll() is None:
            self.sent.add(number)
            self.process.send_signal(number)

    def is_dead(self) -> bool:
        return self.process.poll() is not None

    def close(self) -> None:
        os.close(self.heart)
        os.close(self.life)
        self.stacks.close()

    def status(self) -> dict[str, Any]:
        age = round(self.silent_seconds(), 2)
        return {
            "pid": self.process.pid,
            "beat_age_s": age,
            "cores": round(self.cores, 3),
            "rss_bytes": self.rss,
            "left_alone": self.left_alone,
            "gauges": self.gauges,
            MORE: self.loud,
        }

    def _understand(self, line: bytes) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            said = {}  # cut short by a full pipe; the next beat says it all again
        if not isinstance(said, dict):
            return
        if MORE in said:
            self.loud = said[MORE] if isinstance(said[MORE], dict) else {}
        else:
            self.gauges = said
