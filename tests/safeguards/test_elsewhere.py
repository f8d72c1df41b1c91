"""A verdict on a tester counts what all workers saw: four find a fault after as many requests as one, and a telling."""

import json
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from board import guards
from safeguards import flags, kill
from safeguards.asked import Asked
from safeguards.causes import Causes
from safeguards.identity import make_who
from safeguards.models import AuditEntry
from safeguards.rollout import contracts, elsewhere, observing
from safeguards.rollout.sequential_test import SequentialTest, Verdict
from safeguards.supervisor import Supervisor
from tests.safeguards.asgi import scope_of
from tests.support.cast import Cast

pytestmark = pytest.mark.usefixtures("tested")
FEATURE = "live_board"


class Worker:
    """What one process has in memory, while it is its turn."""

    def __init__(self, pid: int, patch: pytest.MonkeyPatch) -> None:
        counted = Causes()
        self.patch = patch
        self.memory = [
            *((elsewhere, name, {}) for name in ("_own", "_heard", "_repeats")),
            (observing, "_tests", {}),
            (flags, "_withheld", set()),
            *((module, "causes", counted) for module in (contracts, observing, guards)),
        ]
        self.process, self.gauges, self.cores = SimpleNamespace(pid=pid), dict[str, Any](), 0.0
        self.loud, self.said = dict[str, Any](), dict[str, Any]()

    def turn(self) -> None:
        for module, name, value in self.memory:
            self.patch.setattr(module, name, value)

    def tell(self, said: dict[str, Any]) -> None:
        self.said = json.loads(json.dumps(said))

    def listen(self, hear: Any) -> None:
        hear(self.said)


class House:
    """So many workers and their supervisor; a telling goes the whole way."""

    def __init__(self, workers: int, cast: Cast, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(kill, "is_supervised", False)
        self.cast, self.workers = cast, [Worker(pid, patch) for pid in range(1, workers + 1)]
        nothing = socket.socket()  # nobody is served
        nothing.close()
        self.supervisor = Supervisor("", nothing, workers, Path(), word=lambda: (None, None))
        self.supervisor.workers = list[Any](self.workers)
        self.telling()

    def telling(self) -> None:
        for worker in self.workers:
            worker.turn()
            worker.loud = json.loads(json.dumps(guards.told()))
        for worker in list[Any](self.workers):
            self.supervisor._say(worker)
            worker.turn()
            guards.obey(SimpleNamespace(lifeline=worker, rest=0), lambda why: None)  # type: ignore[arg-type]

    def second(self) -> None:
        for worker in self.workers:
            worker.turn()
            contracts.sample()

    def asked(self) -> Asked:
        cookie = f"sessionid=k; who={make_who(self.cast.owner.pk, 'k')}; browser=browser-owner-000"
        said = {"cookie": cookie, "x_cause": "gesture", "sec_fetch_dest": "empty"}
        return Asked(scope_of("/boards/x/cards/", "POST", **said))

    def answer(self, number: int, *, failed: bool) -> None:
        self.workers[number % len(self.workers)].turn()
        if flags.is_on(FEATURE, self.cast.owner.pk):
            observing._answered(self.asked(), self.cast.owner.pk, [FEATURE], 500 if failed else 200)

    def repeat(self, number: int) -> None:
        """The same gesture once more; where a worker has not seen it, the store says that another one has."""
        self.workers[number % len(self.workers)].turn()
        asked = self.asked()
        contracts.causes.attempt(asked)
        if number:
            contracts.causes.repeated(asked)

    def off(self) -> int:
        """In how many workers the tester has it no more; the other tester keeps it in all."""
        have = []
        for worker in self.workers:
            worker.turn()
            assert flags.is_on(FEATURE, self.cast.observer.pk)
            have.append(flags.is_on(FEATURE, self.cast.owner.pk))
        return have.count(False)


@pytest.fixture(params=[1, 4])
def house(request: pytest.FixtureRequest, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> House:
    return House(request.param, cast, monkeypatch)


def test_three_errors_in_a_row_are_enough_wherever_they_are_answered(house: House) -> None:
    for number in range(3):
        house.answer(number, failed=number < 2)
        house.telling()
    assert house.off() == 0
    house.answer(3, failed=True)
    house.telling()
    assert house.off() == len(house.workers)


def test_one_in_five_is_found_after_as_many_answers_and_a_telling(house: House) -> None:
    alone, needed = SequentialTest(), 1
    while alone.see(error=needed % 5 == 0) is not Verdict.REJECTED:
        needed += 1
    for number in range(1, needed + 1):
        assert house.off() == 0, number
        house.answer(number, failed=number % 5 == 0)
        if number % 4 == 0:
            house.telling()
    house.telling()
    assert house.off() == len(house.workers)


def test_good_answers_elsewhere_acquit(house: House) -> None:
    for number in range(400):
        house.answer(number, failed=number % 150 == 149)
        house.telling()
    assert house.off() == 0


def test_nine_repeats_of_a_gesture_are_too_many_wherever_they_were_sent(house: House) -> None:
    for number in range(9):  # the first is no repeat
        house.repeat(number)
    house.telling()
    house.second()
    assert house.off() == 0
    house.repeat(9)
    house.telling()
    house.second()
    assert house.off() == len(house.workers)


def test_each_worker_alone_would_not_have_found_it(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(4, cast, monkeypatch)
    for number in range(12):
        house.repeat(number)
    for number in range(8):
        house.answer(number, failed=True)
    house.second()
    assert house.off() == 0  # nobody told anybody


def test_what_all_find_at_once_is_one_rollback(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded: list[str] = []
    monkeypatch.setattr(contracts.incidents, "record", lambda rule, evidence: recorded.append(rule))
    house = House(4, cast, monkeypatch)
    for number in range(3):
        house.answer(number, failed=True)
    house.telling()
    assert house.off() == 4
    contracts.flush()
    assert AuditEntry.objects.filter(action="rollout.rollback").count() == len(recorded) == 1


def test_what_a_worker_had_seen_before_it_was_first_heard_is_no_news() -> None:
    rows = {"answers": [[FEATURE, 7, 10, 3]]}
    assert elsewhere.hear({"1": rows}) == []
    rows["answers"][0][3] = 4
    assert elsewhere.hear({"1": rows, "2": {}}) == [((FEATURE, 7), (0, 1))]
    assert elsewhere.hear({"1": rows, "2": rows}) == [((FEATURE, 7), (10, 4))]
    assert elsewhere.hear({}) == []
    elsewhere.reset()


@pytest.mark.parametrize(
    "said", [3, None, {"x": {}}, {"1": 3}, {"1": {"answers": 3}}, {"1": {"answers": [[1]], "repeats": [[]]}}]
)
def test_what_cannot_be_understood_is_left_out(said: Any) -> None:
    observing.hear(said)
    assert elsewhere.repeats(7) == (0, 0)


def test_a_flood_of_testers_is_told_in_a_few_kilobytes() -> None:
    for pk in range(1000):
        elsewhere.answered((FEATURE, pk), failed=pk == 500)
    told = elsewhere.told({pk: (1, pk) for pk in range(1000)})
    assert told["answers"][0] == [FEATURE, 500, 0, 1] and told["repeats"][0] == [999, 1, 999]
    assert len(json.dumps(told)) < 2048
    elsewhere.reset()


def test_what_piled_up_is_no_row_of_errors() -> None:
    seen = observing._in_order(990, 10)
    assert len(seen) == 1000 and sum(seen) == 10 and sum(seen[:500]) == 5
    assert observing._in_order(2, 3) == [True] * 3 + [False] * 2
