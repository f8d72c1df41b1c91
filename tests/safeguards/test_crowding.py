"""Workers that fill their container together, each below its own limit."""

import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from safeguards.crowding import Crowd
from safeguards.judging import Rules
from safeguards.resources.cgroup import Fill
from safeguards.supervisor import Supervisor


class Worker:
    """As a supervisor sees one, without a process; `died`: what its process would answer."""

    def __init__(self, pid: int, rss: int, *, has_beaten: bool = True) -> None:
        self.process = SimpleNamespace(pid=pid, returncode=None)
        self.rss, self.has_beaten = rss, has_beaten
        self.rest, self.left_alone = 0.0, ""
        self.cores, self.started = 0.1, time.monotonic()
        self.gauges: dict[str, Any] = {}
        self.did: list[object] = []

    def sample(self) -> None:
        pass

    def silent_seconds(self) -> float:
        return 0.1

    def ask_stacks(self) -> None:
        self.did.append("stacks")

    def insist_on_stacks(self) -> None:
        pass

    def tell(self, said: dict[str, Any]) -> None:
        self.did.append(said)

    def signal(self, number: signal.Signals) -> None:
        self.did.append(number)


def crowd(used: float, most: float = 100) -> Crowd:
    return Crowd(0.9, lambda: Fill(used, most))


def ended(one: Crowd, *workers: Worker, looks: int = 2, is_ending: bool = False) -> list[int]:
    found = [one.look(workers, is_ending=is_ending) for _look in range(looks)]
    return [worker.process.pid for worker in found if worker is not None]


def test_the_largest_goes_once_it_was_full_twice() -> None:
    one, small, large = crowd(91), Worker(1, 44), Worker(2, 46)
    assert ended(one, small, large, looks=1) == []
    assert ended(one, small, large, looks=1) == [2]
    assert ended(one, small, large, looks=1) == []


def test_below_the_share_and_without_a_limit_nobody_goes() -> None:
    assert ended(crowd(89), Worker(1, 45), Worker(2, 44), looks=5) == []
    assert ended(Crowd(0.9, lambda: None), Worker(1, 45), Worker(2, 45), looks=5) == []


def test_nobody_goes_for_what_others_fill() -> None:
    assert ended(crowd(95), Worker(1, 23), Worker(2, 23), looks=5) == []
    assert ended(crowd(95), Worker(1, 24), Worker(2, 24)) == [1]


def test_one_after_the_other_and_none_that_only_just_starts() -> None:
    assert ended(crowd(95), Worker(1, 50), is_ending=True, looks=5) == []
    assert ended(crowd(95), Worker(1, 60, has_beaten=False), Worker(2, 30)) == [2]
    assert ended(crowd(95), Worker(1, 60, has_beaten=False), looks=5) == []


def test_a_gap_of_the_supervisor_begins_anew() -> None:
    one = crowd(95)
    assert ended(one, Worker(1, 50), looks=1) == []
    one.forget()
    assert ended(one, Worker(1, 50), looks=1) == []


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


@pytest.mark.parametrize(("acts", "did"), [(True, "recycled"), (False, "LADDER=observe: left alone")])
def test_two_workers_at_half_of_the_limit_each_are_one_too_many(
    tmp_path: Path, sock: socket.socket, acts: bool, did: str
) -> None:
    recorded: list[tuple[str, dict[str, Any]]] = []
    one = Supervisor("x:y", sock, 0, tmp_path, rules=Rules(acts=acts), record=lambda *a: recorded.append(a))
    one.crowd = crowd(96)
    workers = [Worker(1, 47), Worker(2, 49)]
    for worker in workers:
        one.adopt(worker)
    for _look in range(2):
        one._sampled_at = 0.0
        one._judge()
    assert [(rule, told["worker"], told["did"]) for rule, told in recorded] == [
        ("memory", 2, f"{did} for all: together they fill the memory")
    ]
    assert [worker.did for worker in workers] == [[], ["stacks", {"drain": "overload"}] if acts else []]
