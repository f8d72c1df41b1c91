"""The supervisor as a real process, with workers that need no database."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from safeguards import status
from safeguards.supervised import Supervised
from safeguards.supervisor import Supervisor
from tests.flows.serving import ROOT, gone, until

pytestmark = [pytest.mark.flow, pytest.mark.alone]
WORKERS = """
import os, signal, sys, time
def steady(place):
    while True:
        os.write(place.heart, b'{"streams": 3}\\n')
        time.sleep(0.05)  # between two beats
def deaf(place):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    steady(place)
def heartless(place):
    os.close(place.heart)
    time.sleep(60)  # longer than anybody waits for it
def babbling(place):
    os.write(place.heart, b'half a li')
    os.write(place.heart, b'ne\\n')
    steady(place)
def short(place):
    sys.exit(7)
def crash(place):
    import faulthandler
    faulthandler._sigsegv()
"""
SUPERVISOR = """
import pathlib, socket, sys
from safeguards.supervisor import Supervisor
sock = socket.create_server(("127.0.0.1", 0))
Supervisor(sys.argv[1], sock, int(sys.argv[2]), pathlib.Path(sys.argv[3])).run()
"""


class Parent:
    def __init__(self, folder: Path, entry: str, workers: int = 1) -> None:
        (folder / "some_workers.py").write_text(WORKERS)
        self.folder = folder / "run"
        path = os.pathsep.join([str(folder), str(ROOT)])
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, f"some_workers:{entry}", str(workers), str(self.folder)],
            env=os.environ | {"PYTHONPATH": path},
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def pids(self) -> list[int]:
        return [row["pid"] for row in (status.read(self.folder) or {"workers": []})["workers"]]

    def told(self) -> dict:
        return status.read(self.folder) or {"workers": [], "restarts": 0}

    def end(self) -> str:
        self.process.terminate()
        return self.process.communicate(timeout=10)[1].decode()


@pytest.fixture
def started(tmp_path: Path) -> Iterator:
    parents: list[Parent] = []

    def start(entry: str, workers: int = 1) -> Parent:
        parents.append(Parent(tmp_path, entry, workers))
        return parents[-1]

    yield start
    for parent in parents:
        if parent.process.poll() is None:
            parent.end()
        parent.process.stderr.close()


def test_it_starts_as_many_workers_as_asked_and_hears_them(started):
    parent = started("steady", 2)
    until(lambda: [row["gauges"] for row in parent.told()["workers"]] == [{"streams": 3}] * 2, "two beats")
    assert len(set(parent.pids())) == 2


def test_workers_stay_in_its_process_group(started):
    parent = started("steady")
    until(parent.pids, "a worker")
    assert os.getpgid(parent.pids()[0]) == os.getpgid(parent.process.pid)


def test_a_worker_that_ignores_the_end_is_killed(started):
    parent = started("deaf")
    until(lambda: parent.told()["workers"] and parent.told()["workers"][0]["gauges"], "a beat")
    (pid,) = parent.pids()
    parent.end()
    assert gone(pid)
    assert parent.process.returncode == 0


def test_half_a_line_is_put_together_and_nonsense_forgiven(started):
    parent = started("babbling")
    until(
        lambda: parent.told()["workers"] and parent.told()["workers"][0]["gauges"],
        "a beat after the nonsense",
    )


def test_a_worker_without_a_heart_does_not_make_it_spin(started):
    parent = started("heartless")
    until(parent.pids, "a worker")
    process = psutil.Process(parent.process.pid)
    process.cpu_percent()
    assert process.cpu_percent(interval=1) < 30


def test_a_worker_that_always_dies_is_started_with_longer_and_longer_waits(started):
    parent = started("short")
    until(lambda: parent.told()["restarts"] >= 2, "a second restart")
    said = parent.end()
    waits = [line.rsplit("in ", 1)[1] for line in said.splitlines() if "another one" in line]
    assert waits[:2] == ["1 s.", "2 s."]


def test_killed_itself_it_takes_its_workers_along(started):
    parent = started("steady", 2)
    until(lambda: len(parent.pids()) == 2, "two workers")
    pids = parent.pids()
    parent.process.kill()
    parent.process.wait()
    assert until(lambda: all(gone(pid) for pid in pids), "both workers are gone") <= 1.0


def test_it_never_signals_a_process_that_took_over_a_pid(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as sock:
        worker = Supervised("asyncio:sleep", sock.fileno())
        worker.created -= 1000
        worker.signal(signal.SIGKILL)
        assert not worker.is_dead() or worker.process.returncode != -signal.SIGKILL
        worker.process.kill()
        worker.process.wait()
        worker.close()


def test_a_stale_or_broken_status_is_none(tmp_path: Path):
    assert status.read(tmp_path) is None
    (tmp_path / "status.json").write_text("{")
    assert status.read(tmp_path) is None
    (tmp_path / "status.json").write_text(json.dumps({"at": 0, "workers": [], "restarts": 0}))
    assert status.read(tmp_path) is None
    assert status.prometheus_text(status.read(tmp_path)) == ""


class Listener:
    """Stands where a worker is, and keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[dict] = []

    def tell(self, said: dict) -> None:
        self.said.append(said)


def test_one_that_cannot_write_its_status_vouches_for_nothing_newer(tmp_path: Path):
    recorded, worker = [], Listener()
    with socket.create_server(("127.0.0.1", 0)) as sock:
        one = Supervisor(
            "x:y",
            sock,
            0,
            tmp_path,
            word=lambda: (time.monotonic(), None),
            record=lambda *a: recorded.append(a),
        )
        one._report.notice(written=True)
        seen = time.monotonic()
        one._say(worker)
        for _second in range(2):
            one._report.notice(written=False)
        one._say(worker)
        one._report.notice(written=True)
        one._say(worker)
    before, blind, again = [said["known_at"] for said in worker.said]
    assert blind <= seen <= before < again
    assert [rule for rule, _evidence in recorded] == ["safeguard-blind"]


def end(worker: Supervised, number: int | None, *, by_supervisor: bool) -> None:
    if by_supervisor:
        worker.signal(number)
    elif number:
        worker.process.send_signal(number)
    worker.process.wait(20)


@pytest.mark.parametrize(
    ("entry", "number", "by_supervisor", "told"),
    [
        ("some_workers:crash", None, False, ["SIGSEGV"]),
        ("some_workers:steady", signal.SIGKILL, False, ["SIGKILL"]),
        ("some_workers:steady", signal.SIGKILL, True, []),
        ("some_workers:steady", signal.SIGTERM, False, []),
        ("some_workers:short", None, False, []),
    ],
)
def test_a_death_that_nobody_here_wanted_is_an_incident(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, number: int | None, by_supervisor: bool, told
):
    (tmp_path / "some_workers.py").write_text(WORKERS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    recorded = []
    with socket.create_server(("127.0.0.1", 0)) as sock:
        one = Supervisor("x:y", sock, 0, tmp_path, record=lambda *a: recorded.append(a))
        worker = Supervised(entry, sock.fileno())
        one.adopt(worker)
        worker.sample()
        end(worker, number, by_supervisor=by_supervisor)
        one._replace_dead()
    assert [rule for rule, _evidence in recorded] == ["worker-died"] * len(told)
    assert [evidence["signal"] for _rule, evidence in recorded] == told
    assert all(evidence["rss_bytes"] for _rule, evidence in recorded)
    assert ["some_workers.py" in evidence.get("stacks", "") for _rule, evidence in recorded] == [
        "crash" in entry for _signal in told
    ]
    assert one._start_at[-1][1] == 0.0  # with live
