"""What has to hold in every drill, whatever it attacks. One that cannot be held to a bound says so, with the reason."""

import time
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from board.proof.drills.bounds import Bounds
from board.proof.drills.lab import ROOT, Lab
from board.proof.people import Person
from board.proof.residents import Residents

P99, REFUSED = "residents p99, s", "residents refused"
COST, LEVEL = "cores above the calm, while it goes on", "level 0 again after, s"
LOST, INCIDENTS, AUDIT = "acknowledged cards that are gone", "incidents on file", "audit rows"
RUNBOOK = "runbook"
BAR = (P99, REFUSED, COST, LEVEL, LOST, INCIDENTS, AUDIT, RUNBOOK)
UNMEASURED = {"value": None, "limit": "has to be measured", "ok": False}

NEIGHBOURS, WARM_SECONDS = 3, 6.0
CALM_SECONDS = 20.0  # about as many acts as an attack lasts for: the worst of few says little
LEVEL_0_SECONDS, PATIENCE_SECONDS = 120.0, 130.0
OFFENDER_CORES = 0.2
CARDS = "SELECT uid FROM board_card"


class Calm(NamedTuple):
    """What well-behaved people notice, and what they cost, while they are alone."""

    p99: float
    cores: float


class CommonBar(Bounds):
    """`is_common`: whether the bounds of BAR are looked at, too; a server without a safeguard only has to break one."""

    rule: ClassVar[str] = ""  # the incident that has to be on file, and its runbook
    runbook: ClassVar[str] = ""  # where the server files nothing, because nothing was left to decide
    excused: ClassVar[dict[str, str]] = {}  # a bound of BAR -> why it makes no sense here

    def __init__(self) -> None:
        super().__init__()
        self.is_common = True
        self._others: Residents | None = None
        self._calm: Calm | None = None
        self._acknowledged: list[str] = []

    def move_in(
        self, lab: Lab, people: list[Person] | None = None, *, write: bool = True, pause: float = 1.0
    ) -> None:
        """Let well-behaved people live beside what comes, and measure how that is while nothing else happens.

        `people`: who, and on whose board; else three on a board of their own. `pause`: seconds between two acts."""
        if not self.is_common:
            return
        self._others = Residents(people or neighbours(lab), pause, write=write)
        if {P99, COST} <= self.excused.keys():
            return
        time.sleep(WARM_SECONDS)  # what each worker does only once is neither calm nor attack
        self._others.taken()
        cores = lab.cores(CALM_SECONDS)
        self._calm = Calm(self._others.p99(), cores)

    def notice_nothing(self) -> None:
        """What the residents noticed since they were calm; they leave."""
        others, self._others = self._others, None
        if others is None:
            return
        p99 = others.stop()
        self._acknowledged += others.acknowledged
        if self._calm is not None:
            self._hold(P99, p99, at_most=1.5 * self._calm.p99 + 0.05)
        self._hold(REFUSED, others.refused, equals=0)

    def costs_little(self, cores: float, calm: float | None = None) -> None:
        """`cores`: what the workers use while the offender goes on; `calm`: what they used before it, with `move_in`."""
        if self._calm is not None:
            self._hold(COST, cores - (self._calm.cores if calm is None else calm), at_most=OFFENDER_CORES)

    def leave(self) -> None:
        """Nobody lives there any more, however it ended."""
        if self._others is not None:
            self._others.stop()
            self._others = None

    def hold_the_bar(self, lab: Lab) -> None:
        """Once the attack is over: what `run` has not measured by itself. Nobody helps the server meanwhile."""
        if not self.is_common:
            return
        self.notice_nothing()
        if LEVEL not in self.excused:
            self.takes(LEVEL, lab.is_calm, at_most=LEVEL_0_SECONDS, patience=PATIENCE_SECONDS, every=0.5)
        self._lose_nothing(lab)
        self._leave_a_trace(lab)
        for name in BAR:
            if name not in self.excused:
                self.bounds.setdefault(name, dict(UNMEASURED))

    def _lose_nothing(self, lab: Lab) -> None:
        """Every card that was acknowledged to whoever wrote it. None was: then nothing is proved."""
        acknowledged = {UUID(uid) for uid in (*self._acknowledged, *lab.acknowledged)}
        there = {UUID(uid) for (uid,) in lab.rows(CARDS)}
        self._hold(LOST, len(acknowledged - there) if acknowledged else None, equals=0)

    def _leave_a_trace(self, lab: Lab) -> None:
        runbook = f"docs/runbooks/{self.rule or self.runbook}.md"
        named = runbook if (ROOT / runbook).exists() else ""
        if self.rule:
            found = lab.incidents(self.rule)
            self._hold(INCIDENTS, len(found), equals=1)
            self._hold(AUDIT, lab.audit(self.rule), equals=1)
            named = found[0]["runbook"] if found and named else ""
        self._hold(RUNBOOK, named, equals=runbook)

    def _hold(self, what: str, value: Any, **limits: Any) -> None:
        if what not in self.excused:
            self.bound(what, value, **limits)


def neighbours(lab: Lab) -> list[Person]:
    """On one board that nobody else sees."""
    people = lab.people(NEIGHBOURS)
    lab.own_board(*people)
    return people
