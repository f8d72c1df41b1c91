"""Residents act at a fixed slow rate while a stage runs, from outside the workers, and what they see is judged.

A thread of `manage.py serve`: it costs no process of its own, waits for the server and the database where the
supervisor must not, and whatever happens in it stays there."""

import logging
import time
from collections.abc import Callable
from itertools import cycle, product
from typing import Any

from django.db import connections

from board.operations.residents import Tenant, evict_residents, house_residents
from board.residents.place import may_act, reached_at
from board.residents.resident import NotLetIn, Resident
from safeguards import bags, conf, incidents
from safeguards.models import StageRun
from safeguards.rollout import baselines, residents, residents_rule
from safeguards.rollout.block_test import Block, BlockTest

logger = logging.getLogger(__name__)
LOOK_SECONDS = 2.0  # while nothing is tested: how often the database is asked whether something is
LEAST_SECONDS = 1.0  # between two acts, whatever the settings say
ANEW_SECONDS = 3600.0  # then they move, and what they wrote is gone
AGAIN_SECONDS = 30.0  # after something went wrong with themselves
Act = Callable[[], bool]


class Life:
    """`turn` is all there is to do now; `now` is a clock that a test can hold, `body` who acts."""

    def __init__(
        self,
        address: tuple[str, int],
        now: Callable[[], float] = time.monotonic,
        body: Callable[[tuple[str, int], Tenant], Any] = Resident,
    ) -> None:
        self.address, self.now, self.body = address, now, body
        self.tenants: list[Tenant] = []
        self.test: BlockTest | None = None
        self._acts: Any = iter(())
        self._beside: list[int] = []  # the stays that the test is about
        self._moved_in = self._good_at = 0.0

    def turn(self) -> float:
        """One act at most; seconds until the next turn."""
        began = self.now()
        runs = residents.watched() if conf.limit("residents") else []
        usual = residents.usual(baselines.fresh()) if runs else None
        if not runs or usual is None:
            self.leave()
            return LOOK_SECONDS
        if not may_act():
            self._pause()
            return LOOK_SECONDS
        self._judge_anew(runs, usual["mid"])
        self._live_here()
        is_let_in = self._act(runs)
        return max(0.0, began + seconds_between() - self.now()) if is_let_in else AGAIN_SECONDS

    def leave(self) -> None:
        """Nothing of them stays but three accounts."""
        tenants, self.tenants, self.test, self._beside = self.tenants, [], None, []
        if tenants:
            evict_residents(tenants)

    def _pause(self) -> None:
        if self.test is not None:
            self.test.pause()

    def _judge_anew(self, runs: list[StageRun], usual_ms: float) -> None:
        """What was seen before a stage began says nothing about it."""
        beside = sorted(run.pk for run in runs)
        if self.test is None or self._beside != beside:
            self._beside, self.test = beside, BlockTest(usual_ms, self.now, residents.bounds())
            self._good_at = self.now()

    def _live_here(self) -> None:
        if self.tenants and self.now() - self._moved_in < ANEW_SECONDS:
            return
        evict_residents(self.tenants)
        self.tenants, self._moved_in = house_residents(conf.limit("residents")), self.now()
        people = [self.body(self.address, tenant) for tenant in self.tenants]
        acts: list[Act] = [getattr(one, verb) for verb, one in product(("read", "write"), people)]
        self._acts = cycle(acts)
        self._pause()  # moving took its time

    def _act(self, runs: list[StageRun]) -> bool:
        """Whether they were let in."""
        assert self.test is not None
        began = self.now()
        try:
            came = next(self._acts)()
        except NotLetIn as error:
            logger.warning("A synthetic resident was not let in (%s); they move.", error)
            self._moved_in = self.now() - ANEW_SECONDS
            self._pause()
            residents.turned_away(runs, error.trouble)
            return False
        # A server that is being replaced is the supervisor's matter, and no fault of what is tested.
        if came or may_act():
            self._saw(runs, 1000 * (self.now() - began) if came else None)
        else:
            self._pause()
        return True

    def _saw(self, runs: list[StageRun], ms: float | None) -> None:
        assert self.test is not None
        if ms is not None and ms <= self.test.most_ms:
            self._good_at = self.now()
        block = self.test.see(ms)
        if block is not None:
            residents.tell(runs, block)
        if self.test.finding:
            self._roll_back(runs, block or self.test.last)

    def _roll_back(self, runs: list[StageRun], last: Block | None) -> None:
        assert self.test is not None
        evidence = {"finding": self.test.finding, "most_ms": self.test.most_ms}
        evidence |= last.figures() if last is not None else {}
        residents_rule.roll_back(runs, self.test.finding, evidence, self.now() - self._good_at)
        self.test = None


def seconds_between() -> float:
    """Each reads once and writes once in `residents_seconds`."""
    return max(LEAST_SECONDS, conf.number("residents_seconds") / (2 * conf.limit("residents")))


def keep() -> None:
    """What is left of a stage that was taken back: first the incident, which its bag names, then the bag."""
    incidents.write()
    bags.flush()  # in a thread of its own


def live(host: str, port: int) -> None:
    """In a thread, for ever."""
    life = Life((reached_at(host), port))
    while True:
        try:
            seconds = life.turn()
            if life.tenants:
                keep()
        except Exception as error:  # a thread that ends here would hold every stage for ever
            print(f"The synthetic residents were disturbed: {error!r}", flush=True)
            connections.close_all()
            seconds = AGAIN_SECONDS
        time.sleep(seconds)  # this thread does nothing else
