"""`manage.py serve` as a real process with a data folder of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from tests.support.server import migrated

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 20.0
INTERVAL_SECONDS = 0.01


def until(is_true: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> float:
    """Poll a condition; how long it took. Fails with `what` in words."""
    started = time.monotonic()
    while not is_true():
        if time.monotonic() - started > seconds:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(INTERVAL_SECONDS)  # between two looks
    return time.monotonic() - started


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    quiet = {"LADDER": "observe"}  # a busy test machine is no reason to go plain
    return kept | quiet | {"DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"} | more


def manage(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(folder, **more), capture_output=True, text=True, timeout=60
    )


def template(folder: Path) -> Path:
    """A migrated database with demo data, and the live board for everyone."""
    shutil.copytree(migrated(demo=True), folder, dirs_exist_ok=True)
    done = manage(folder, "rollout", "everyone", "live_board", "--reason", "tests", DEMO="1")
    assert done.returncode == 0, done.stderr
    return folder


class Serving:
    """Use as a context manager; everything it started is gone afterwards."""

    def __init__(self, template: Path, folder: Path, *arguments: str, **more: str) -> None:
        shutil.copytree(template, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("run"))
        self.folder = folder
        self.log = folder / "serve.log"
        self.command = [sys.executable, str(ROOT / "manage.py"), "serve", "--port", "0", *arguments]
        self.more = more

    def __enter__(self) -> "Serving":
        # Another working directory than the checkout's: nothing may depend on it.
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=environment(self.folder, **self.more),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until(lambda: self.address or self.process.poll() is not None, "the address is printed")
        assert self.process.poll() is None, self.log.read_text()
        until(self.is_ready, "readyz answers")
        return self

    def __exit__(self, *_error: object) -> None:
        left = [self.process.pid, *self.worker_pids()]
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE_SECONDS)
        for pid in left:
            until(lambda pid=pid: gone(pid), f"process {pid} is gone")

    @property
    def address(self) -> str:
        found = re.search(r"http://\S+/", self.log.read_text())
        return found[0] if found else ""

    @property
    def port(self) -> int:
        return int(self.address.rstrip("/").rpartition(":")[2])

    def get(self, path: str) -> tuple[int, str]:
        with urlopen(self.address.rstrip("/") + path, timeout=5) as answer:
            return answer.status, answer.read().decode()

    def is_ready(self) -> bool:
        try:
            return self.get("/readyz")[0] == 200
        except (URLError, OSError):
            return False

    def status(self) -> dict:
        try:
            return json.loads((self.folder / "run" / "status.json").read_text())
        except (OSError, ValueError):
            return {"workers": [], "restarts": 0}

    def worker_pids(self) -> list[int]:
        try:
            return [child.pid for child in psutil.Process(self.process.pid).children()]
        except psutil.NoSuchProcess:
            return []

    def token(self) -> str:
        done = manage(self.folder, "token", "demo-facilitator")
        found = re.findall(r"[A-Za-z0-9_-]{30,}", done.stdout)
        assert found, done.stdout + done.stderr
        return found[-1]

    def end(self, number: int = signal.SIGTERM) -> float:
        """Signal the supervisor; seconds until it is gone."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(PATIENCE_SECONDS)
        return time.monotonic() - started


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
