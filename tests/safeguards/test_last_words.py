"""A worker that is told to end writes down what it did, and leaves while its threads are still inside the database."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from board import guards, server
from safeguards import deaths, incidents, worker
from safeguards.models import AuditEntry
from safeguards.resources.sampler import chores

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 3
WORKER = """
import atexit, sqlite3, sys, threading
busy = threading.Semaphore(0)
def query():
    rows = sqlite3.connect(":memory:")
    while True:
        rows.execute(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) select sum(i) from n"
        ).fetchall()
        busy.release()
def told(place):
    atexit.register(print, "taken apart")
    for number in range(4):
        threading.Thread(target=query, daemon=number % 2 == 0).start()
    for number in range(8):
        busy.acquire()
    print("said", end="")
def sent_away(place):
    told(place)
    sys.exit(7)
def broken(place):
    told(place)
    raise ValueError("broken")
"""


def ended(folder: Path, entry: str) -> list[tuple[int, str, bool]]:
    """How several workers end whose threads go on asking SQLite: code, what they said, whether a traceback was shown."""
    (folder / "busy_workers.py").write_text(WORKER)
    life, supervisor = os.pipe()
    null = os.open(os.devnull, os.O_RDWR)
    given = ["--socket", str(null), "--heart", str(null), "--life", str(life), "--stacks", str(null)]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "safeguards.worker", f"busy_workers:{entry}", *given],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(folder)},
            pass_fds=(null, life),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _worker in range(WORKERS)
    ]
    try:
        told = [one.communicate(timeout=20) for one in started]
    finally:
        for one in started:
            one.kill()
        for end in (life, supervisor, null):
            os.close(end)
    return [
        (one.returncode, out, "Traceback" in error) for one, (out, error) in zip(started, told, strict=True)
    ]


@pytest.mark.parametrize(
    ("entry", "how"),
    [("told", (0, "said", False)), ("sent_away", (7, "said", False)), ("broken", (1, "said", True))],
)
def test_no_interpreter_is_taken_apart_under_its_threads(tmp_path: Path, entry: str, how: Any) -> None:
    assert ended(tmp_path, entry) == [how] * WORKERS


@pytest.mark.parametrize("code", [0, -signal.SIGTERM])
def test_a_told_end_is_no_death(code: int) -> None:
    told: list[str] = []
    one: Any = SimpleNamespace(
        process=SimpleNamespace(pid=1, returncode=code), sent={signal.SIGTERM}, read_stacks=lambda: ""
    )
    deaths.write_down(one, "", lambda rule, evidence: told.append(rule))
    assert told == []


@pytest.mark.django_db
def test_what_waits_is_written_before_it_leaves(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path
    stopped: list[int] = []
    monkeypatch.setattr(chores, "stop", lambda: stopped.append(AuditEntry.objects.count()))
    incidents.record("memory", {"share": 0.9})
    guards.last_words()
    assert stopped == [0] and AuditEntry.objects.filter(action="auto.memory").count() == 1


class Left(BaseException):
    pass


@pytest.mark.parametrize("how", ["by a signal", "by its supervisor's word"])
def test_a_server_drains_then_leaves_with_its_last_words(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []

    def left(code: int = 0, last_words: Any = None) -> None:
        done.append((code, last_words))
        raise Left

    async def startup(self: Any, sockets: Any = None) -> None:
        self.started = True
        if how == "by a signal":
            signal.raise_signal(signal.SIGTERM)
        else:
            self.leave()

    async def shutdown(self: Any, sockets: Any = None) -> None:
        done.append("drained")
        for one in sockets:
            one.close()

    monkeypatch.setattr(server, "leave", left)
    monkeypatch.setattr(server, "obey", lambda place, leave: None)
    monkeypatch.setattr(server.Server, "startup", startup)
    monkeypatch.setattr(server.Server, "shutdown", shutdown)
    before = signal.getsignal(signal.SIGTERM)
    try:
        with socket.socket() as sock, pytest.raises(Left):
            place: Any = SimpleNamespace(socket=os.dup(sock.fileno()), heart=0, lifeline=SimpleNamespace())
            server.run(place)
    finally:
        signal.signal(signal.SIGTERM, before)
        asyncio.set_event_loop(None)
    assert done == ["drained", (0, guards.last_words)]


def test_words_that_cannot_be_written_keep_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []
    monkeypatch.setattr(worker.os, "_exit", codes.append)
    monkeypatch.setattr(worker.logging, "shutdown", lambda: None)
    monkeypatch.setattr(worker, "LAST_WORDS_SECONDS", 0.01)
    done = worker.threading.Event()

    def broken() -> None:
        raise OSError("full")

    worker.leave(3, lambda: done.wait() and None)
    worker.leave(4, broken)
    done.set()
    assert codes == [3, 4]
