"""A real server for a test: `manage.py serve` on a free port, with data of its own."""

import atexit
import fcntl
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TOKENS = "tokens.json"  # username -> a token, of everybody in the demo data
MAKE_TOKENS = """
import json
from board.models import User
from board.operations.tokens import make_token
print(json.dumps({person.username: make_token(person, "tests", "write", None, "") for person in User.objects.all()}))
"""


def ready_made() -> Path:
    """Where the data that every server of this test run starts from is kept, for all its processes.

    `make test` is one run of several parts, names the place and clears it."""
    if "READY_MADE" in os.environ:
        return Path(os.environ["READY_MADE"])
    run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    return Path(tempfile.gettempdir()) / f"parley-ready-{run}"


def migrated(demo: bool = False) -> Path:
    """A data folder as `migrate` leaves it, for copies: made once for a whole test run, by who comes first."""
    ready_made().mkdir(exist_ok=True)
    if "PYTEST_XDIST_WORKER" not in os.environ and "READY_MADE" not in os.environ:
        atexit.register(shutil.rmtree, ready_made(), ignore_errors=True)
    before, made = (migrated() if demo else None), ready_made() / ("demo" if demo else "bare")
    with (ready_made() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            folder = Path(tempfile.mkdtemp(prefix="parley-server-"))
            if before:
                shutil.copytree(before, folder, dirs_exist_ok=True)
            environment = os.environ | {"DATA_DIR": str(folder), "DEMO": "1" if demo else "0"}
            manage(*(["demo"] if demo else ["migrate", "-v0"]), **environment)
            if demo:
                (folder / TOKENS).write_text(manage("shell", "-v0", "-c", MAKE_TOKENS, **environment))
            folder.rename(made)
    return made


def manage(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(
    true: Callable[[], Any], seconds: float = 15, what: str = "the condition", every: float = 0.02
) -> Any:
    """Wait for something to become true; a test never just sleeps."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := true():
            return found
        time.sleep(every)  # between two looks
    raise AssertionError(f"{what} did not come about in {seconds} s")


class Server:
    """`command`: arguments after manage.py; `small`: its files as after `collectstatic`. Ends with all it started."""

    def __init__(self, *command: str, demo: bool = True, small: bool = False, **environment: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="parley-server-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.port = free_port()
        self.command = command or ("serve",)
        self.environment = (
            os.environ
            | {
                "DATA_DIR": str(self.folder),
                "DEMO": "1" if demo else "0",
                "ACCESS_LOG": "1",
                "PYTHONUNBUFFERED": "1",
                "LADDER": "observe",  # a busy test machine is no reason to go plain; the breaker has tests of its own
                **environment,
            }
        )
        if "DATABASE_URL" in environment:
            self.prepare(demo)
        else:
            shutil.copytree(migrated(demo), self.folder, dirs_exist_ok=True)
        if small:
            self.serve_small_files()
        self.process: subprocess.Popen[bytes]
        self.start()

    def prepare(self, demo: bool) -> None:
        self.manage("migrate", "-v0")
        if demo:
            self.manage("demo")

    def serve_small_files(self) -> None:
        """Under hashed names, as in production; collected once for a whole test run. Before it starts."""
        with (ready_made() / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            made = ready_made() / "static"
            if not made.exists():
                self.manage("collectstatic", "--noinput", "-v0")
                (self.folder / "static").rename(made)
        (self.folder / "static").symlink_to(made)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *arguments: str) -> str:
        return manage(*arguments, **self.environment)

    def manage_each(self, *commands: tuple[str, ...]) -> None:
        """One after the other, in one process: its start takes longer than they do."""
        lines = [f"call_command{command!r}" for command in commands]
        head = "from django.core.management import call_command"
        self.manage("shell", "-v0", "-c", "\n".join([head, *lines]))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What stands in its database, without a process for each look."""
        with closing(sqlite3.connect(self.folder / "parley.sqlite3", timeout=20)) as connection:
            return connection.execute(query).fetchall()

    def token(self, username: str) -> str:
        ready = self.folder / TOKENS
        token = json.loads(ready.read_text()).get(username) if ready.exists() else None
        return token or self.manage("token", username)

    def start(self) -> None:
        self.log = (self.folder / "server.log").open("a")
        where = [str(self.port)] if self.command[0] == "runserver" else ["--port", str(self.port)]
        noreload = ["--noreload"] if self.command[0] == "runserver" else []
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", *self.command, *where, *noreload],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        until(self.is_up, 30, "the server's start")

    def is_up(self) -> bool:
        assert self.process.poll() is None, (self.folder / "server.log").read_text()
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def workers(self) -> list[int]:
        try:
            return [
                row["pid"] for row in json.loads((self.folder / "run" / "status.json").read_text())["workers"]
            ]
        except (OSError, ValueError):
            return []

    def worker(self) -> int:
        """The only one, once the supervisor has told of it: that may be after its first answers."""
        (pid,) = until(self.workers, what="a worker")
        return int(pid)

    def kill_everything(self) -> None:
        """kill -9 for the supervisor and its workers, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill_everything()
        self.log.close()

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        return self.ask("GET", path, None, headers)

    def ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, bytes]:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def requests(self) -> list[str]:
        """The access log so far, health checks left out."""
        path = self.folder / "run" / "access.log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line for line in lines if "/healthz" not in line]
