"""A real server in a folder of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from board.proof.drills import machine
from board.proof.drills.outside import Outside
from board.proof.people import OWN_BOARD, SIGNED_IN, Person
from board.proof.reader import Reader

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 40
TEMPLATE = "decision"
AUDIT = "from safeguards.models import AuditEntry as A; print(A.objects.filter(action='auto.{rule}').count())"
FIRST = (("migrate", "-v0"), ("demo",), ("rollout", "everyone", "live_board", "--reason", "drill"))


class Lab(Outside):
    """`disk`: bytes of a disk of its own; `clock`: its wall clock can be set. Both only where that is possible."""

    def __init__(
        self,
        build: str,
        workers: int,
        environment: dict[str, str],
        limits: dict[str, float],
        *,
        disk: int = 0,
        clock: bool = False,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="parley-drill-")
        self.folder, self.workers = Path(self._folder.name), workers
        self._store: Any = None
        self.environment = base(self.folder) | {
            "DJANGO_SETTINGS_MODULE": build,
            "PARLEY_JSON": json.dumps(limits),
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self.readers: list[Reader] = []
        self.acknowledged: list[str] = []  # cards that the server said it has
        self.has_disk = bool(disk) and machine.mount(self.folder, disk)
        faked = machine.faked_clock(self.folder / "clock") if clock else {}
        self.has_clock = bool(faked)
        if faked:
            self.set_clock(0)
            self.environment |= faked

    def __enter__(self) -> Self:
        if self.workers > 1:
            self._store = machine.start_store()
            self.environment["REDIS_URL"] = self._store.connection_url
        shutil.copytree(prepared().name, self.folder, dirs_exist_ok=True)
        (self.folder / "faults").mkdir()
        self.port = machine.free_port()
        self.log = (self.folder / "server.log").open("ab")
        command = [sys.executable, "manage.py", "serve", "--port", str(self.port)]
        command += ["--workers", str(self.workers)]
        self.server = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=self.log, stderr=self.log, start_new_session=True
        )
        deadline = time.monotonic() + START_SECONDS
        while not (self.answers("/readyz") and len(self.pids()) == self.workers):
            if time.monotonic() > deadline:
                said = (self.folder / "server.log").read_text()[-2000:]
                self.__exit__(None, None, None)  # `with` ends only what has begun
                raise RuntimeError(said)
            time.sleep(0.1)  # another process starts: there is nothing to wait on
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for reader in self.readers:
            reader.close()
        self.server.send_signal(signal.SIGCONT)
        self.server.terminate()
        try:
            self.server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait()
        self.log.close()
        self.kill_store()
        if self.has_disk:
            machine.unmount(self.folder)
        self._folder.cleanup()

    def manage(self, *arguments: str) -> str:
        return manage(self.environment, *arguments)

    def people(self, count: int) -> list[Person]:
        """Participants of the demo board, signed in."""
        told = json.loads(self.manage("shell", "-v0", "-c", SIGNED_IN.format(count=count)).splitlines()[-1])
        slug = told["slug"]
        return [
            Person(self.port, slug, name, key, who, self.readers, self.acknowledged)
            for name, key, who in told["people"]
        ]

    def own_board(self, *people: Person) -> None:
        """From now on they are on one that nobody else sees."""
        names = [person.name for person in people]
        made = self.manage("shell", "-v0", "-c", OWN_BOARD.format(names=names, template=TEMPLATE))
        for person in people:
            person.slug = made.splitlines()[-1]

    def fault(self, name: str, *, on: bool = True, text: str = "") -> None:
        file = self.folder / "faults" / name
        if not on:
            file.unlink(missing_ok=True)
            return
        file.with_suffix(".new").write_text(text)
        file.with_suffix(".new").rename(file)

    def set_clock(self, seconds: int) -> None:
        """The wall clock of server and commands, so many seconds off."""
        (self.folder / "clock").write_text(f"{seconds:+d}\n")

    def fill_disk(self, *, full: bool) -> None:
        filler = self.folder / "filler"
        machine.fill(filler) if full else filler.unlink()

    def audit(self, rule: str) -> int:
        return int(self.manage("shell", "-v0", "-c", AUDIT.format(rule=rule)).splitlines()[-1])

    def kill_store(self) -> None:
        """Gone without a word; once is enough."""
        if self._store is not None:
            self._store.stop()
            self._store = None


def base(folder: Path) -> dict[str, str]:
    return os.environ | {"DATA_DIR": str(folder), "DEMO": "1", "LADDER": "act", "LIMITS": "normal"}


def manage(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(done.stderr[-500:])
    return done.stdout.strip()


@cache
def prepared() -> tempfile.TemporaryDirectory[str]:
    """The demo board, live for everybody: made once, and what every server begins with."""
    folder = tempfile.TemporaryDirectory(prefix="parley-drills-")
    environment = base(Path(folder.name)) | {"DJANGO_SETTINGS_MODULE": "board.proof.faults"}
    for arguments in FIRST:
        manage(environment, *arguments)
    return folder
