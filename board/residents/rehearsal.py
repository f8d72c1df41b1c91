"""The first stage of a rollout: two synthetic people with the feature, from outside the workers, at a fixed slow rate.

A thread of `manage.py serve`, as the residents have one: somebody who waits for a stream holds up nobody else."""

import time
from collections.abc import Callable
from itertools import cycle
from typing import Any

from django.db import connections

from board.models import User
from board.operations.residents import Tenant, evict_residents, house_residents
from board.residents.place import may_act, reached_at
from board.residents.rehearser import Rehearser
from board.residents.resident import NotLetIn
from safeguards.models import StageRun
from safeguards.rollout import enlisting, rehearsal
from safeguards.stages import REHEARSER

PEOPLE = 2
LOOK_SECONDS = 2.0  # while there is no such stage: how often the database is asked whether there is one
VISIT_SECONDS = 5.0  # from one visit to the next: two requests each, so 300 are seen well before 30 minutes
ANEW_SECONDS = 3600.0  # then they move, and what they wrote is gone
AGAIN_SECONDS = 30.0  # after they were not let in
SURE = 2  # visits in a row: what was only given takes a moment until all workers know


class Rehearsal:
    """`turn` is all there is to do now; `now` is a clock that a test can hold, `body` who acts."""

    def __init__(
        self,
        address: tuple[str, int],
        now: Callable[[], float] = time.monotonic,
        body: Callable[[tuple[str, int], Tenant], Any] = Rehearser,
    ) -> None:
        self.address, self.now, self.body = address, now, body
        self.tenants: list[Tenant] = []
        self._people: list[Any] = []
        self._turns: Any = iter(())
        self._moved_in, self._in_a_row = 0.0, 0

    def turn(self) -> float:
        """One visit at most; seconds until the next turn."""
        began, runs = self.now(), rehearsal.staged()
        if not runs:
            self.leave()
            return LOOK_SECONDS
        if not may_act():
            self._hang_up()
            return LOOK_SECONDS
        self._live_here()
        names = [tenant.username for tenant in self.tenants]
        enlisting.enlist(runs, list(User.objects.filter(username__in=names)))
        return max(0.0, began + VISIT_SECONDS - self.now()) if self._visit(runs) else AGAIN_SECONDS

    def leave(self) -> None:
        """Nothing of them stays but their accounts."""
        self._hang_up()
        tenants, self.tenants, self._people = self.tenants, [], []
        if tenants:
            evict_residents(tenants)

    def _live_here(self) -> None:
        if self.tenants and self.now() - self._moved_in < ANEW_SECONDS:
            return
        self.leave()
        self.tenants, self._moved_in = house_residents(PEOPLE, REHEARSER), self.now()
        self._people = [self.body(self.address, tenant) for tenant in self.tenants]
        self._turns = cycle(self._people)

    def _visit(self, runs: list[StageRun]) -> bool:
        """Whether they were let in."""
        try:
            trouble = next(self._turns).visit({run.flag.name for run in runs})
        except NotLetIn as error:
            self._moved_in = self.now() - ANEW_SECONDS
            rehearsal.tell(runs, error.trouble)
            return False
        self._in_a_row = self._in_a_row + 1 if trouble else 0
        if not trouble or self._in_a_row >= SURE:
            rehearsal.tell(runs, trouble)
        return True

    def _hang_up(self) -> None:
        for person in self._people:
            person.leave()


def rehearse(host: str, port: int) -> None:
    """In a thread, for ever."""
    doing = Rehearsal((reached_at(host), port))
    while True:
        try:
            seconds = doing.turn()
        except Exception as error:  # a thread that ends here would hold the stage for ever
            print(f"The synthetic people were disturbed: {error!r}", flush=True)
            connections.close_all()
            seconds = AGAIN_SECONDS
        time.sleep(seconds)  # this thread does nothing else
