"""How fast workers come back, with a clock held by hand."""

import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from safeguards.judging import Rules, Seen
from safeguards.restarts import Restarts
from safeguards.supervisor import Supervisor
from tests.safeguards.conftest import Clock


def test_each_death_within_a_minute_is_waited_for_longer() -> None:
    clock = Clock()
    restarts = Restarts(Rules(), clock.monotonic)
    assert [restarts.delay() for _death in range(4)] == [1.0, 2.0, 4.0, 4.0]
    clock.forward(60)
    assert restarts.delay() == 1.0
    assert restarts.count == 5


def test_only_who_was_recycled_rests_until_the_budget_is_used_up() -> None:
    restarts = Restarts(Rules(), Clock().monotonic)
    rests = []
    for recycled in (False, True, False, False):
        restarts.delay()
        rests.append(restarts.rest(recycled=recycled))
    assert rests == [0.0, 30.0, 0.0, 600.0]


class Worker:
    """Stands where a worker is, and spins: `rest` is what it began with."""

    def __init__(self, rest: float) -> None:
        self.rest, self.left_alone, self.process = rest, "", SimpleNamespace(pid=7)
        self.gauges: dict[str, Any] = {}

    def ask_stacks(self) -> None:
        pass


LONG = 600.0  # as beyond the budget
SPINS = Seen(1.0, rss=0, silent=0.0, level=2, age=10.0)


@pytest.mark.parametrize(
    ("rest", "seen", "did", "left_alone"),
    [
        (LONG, SPINS, ["cpu-spin"], "cpu-spin"),
        (30.0, SPINS, ["cpu-spin"], ""),
        (LONG, Seen(1.0, rss=0, silent=0.0, level=2, age=LONG), ["cpu-spin"], ""),
        (LONG, Seen(1.0, rss=1 << 30, silent=0.0, level=2, age=10.0), ["cpu-spin", "memory"], ""),
        (LONG, Seen(1.0, rss=0, silent=6.0, level=2, age=10.0), ["blocked-loop"] * 3, ""),
        (LONG, Seen(0.1, rss=0, silent=0.0, level=0, age=10.0), [], ""),
    ],
)
def test_who_spins_beyond_the_budget_is_left_alone_and_said_once_whoever_serves_nobody_is_ended(
    tmp_path: Path, rest: float, seen: Seen, did: list[str], left_alone: str
) -> None:
    recorded: list[Any] = []
    worker: Any = Worker(rest)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        one = Supervisor(
            "x:y", sock, 0, tmp_path, rules=Rules(spin_seconds=0.0), record=lambda *a: recorded.append(a)
        )
        one.adopt(worker)
        for _sample in range(20):
            one._look(worker, seen, conclude=True)
    assert [rule for rule, _evidence in recorded] == did
    assert worker.left_alone == left_alone
    assert [ending.rule for ending in one._endings.values()] == ([] if left_alone or not did else did[-1:])


def test_one_that_spins_no_more_is_not_shown_as_left_alone(tmp_path: Path) -> None:
    worker: Any = Worker(LONG)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        one = Supervisor("x:y", sock, 0, tmp_path, rules=Rules(spin_seconds=0.0))
        one.adopt(worker)
        shown = []
        for seen in (SPINS, Seen(0.1, rss=0, silent=0.0, level=0, age=20.0)):
            one._look(worker, seen, conclude=True)
            shown.append(worker.left_alone)
    assert shown == ["cpu-spin", ""]
