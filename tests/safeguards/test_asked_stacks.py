"""A worker says where its threads are; one whose interpreter is held says it through a signal's handler."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from safeguards.supervised import Supervised
from safeguards.worker import ASK_STACKS
from tests.support.server import until

pytestmark = pytest.mark.flow
WORKERS = """
import ctypes, os, threading
def rest(place):
    os.write(place.heart, b'{}\\n')
    threading.Event().wait(60)  # longer than anybody waits for it
def spin(place):
    def compute():
        while True:
            pass
    for number in range(4):
        threading.Thread(target=compute, daemon=True).start()
    rest(place)
def hold(place):
    os.write(place.heart, b'{}\\n')
    ctypes.PyDLL(None).sleep(60)  # with the interpreter's lock, as a broken extension would
"""


@contextmanager
def running(folder: Path, entry: str) -> Iterator[Supervised]:
    (folder / "asked_workers.py").write_text(WORKERS)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        worker = Supervised(f"asked_workers:{entry}", sock.fileno())
        try:
            until(lambda: worker.hear() and worker.has_beaten, what="the first beat")
            yield worker
        finally:
            worker.process.kill()
            worker.process.wait()
            worker.close()


def told(worker: Supervised) -> str:
    worker.insist_on_stacks()
    return worker.read_stacks()


@pytest.mark.parametrize(
    ("entry", "function", "by_signal"),
    [("rest", "in rest", False), ("spin", "in compute", False), ("hold", "in hold", True)],
)
def test_it_is_told_by_the_gentlest_means_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, function: str, by_signal: bool
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    if not by_signal:
        monkeypatch.setattr("safeguards.supervised.ANSWER_SECONDS", 10)  # however slow the machine is
    with running(tmp_path, entry) as worker:
        worker.ask_stacks()
        stacks = until(lambda: told(worker), what="stacks")
        assert "asked_workers.py" in stacks
        assert function in stacks
        assert (ASK_STACKS in worker.sent) == by_signal


def test_nobody_insists_who_has_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with running(tmp_path, "rest") as worker:
        time.sleep(0.5)  # longer than an answer may take
        assert told(worker) == ""
        assert not worker.sent
