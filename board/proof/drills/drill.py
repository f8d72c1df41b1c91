"""What every drill is: a stimulus, bounds, the containment time, and the evidence that the product kept."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple

from board.proof.containment import NEVER
from board.proof.drills.lab import Lab
from board.proof.people import Person
from board.proof.reader import Reader
from board.proof.residents import Residents

FINISHED = "it runs to its end"
CALM_SECONDS = 10.0
LEVEL_0_SECONDS, PATIENCE_SECONDS = 120.0, 130.0
OFFENDER_CORES = 0.2


class Calm(NamedTuple):
    """What well-behaved people notice, and what they cost, while they are alone."""

    p99: float
    cores: float


class Drill:
    """Subclasses attack in `run` and say with `bound` what has to hold."""

    number: ClassVar[str]
    name: ClassVar[str]
    rule: ClassVar[str] = ""  # the incident that has to be on file, and its runbook
    runbook: ClassVar[str] = ""  # where the server files nothing, because nothing was left to decide
    # The safeguards it is about, and the bounds that break without each. See tests/support/unguarded.py.
    proof: ClassVar[dict[str, tuple[str, ...]]]
    workers: ClassVar[int] = 1
    within: ClassVar[float] = 5.0  # seconds to containment
    environment: ClassVar[dict[str, str]] = {}
    limits: ClassVar[dict[str, float]] = {}
    disk: ClassVar[int] = 0  # bytes of a disk that can be filled
    clock: ClassVar[bool] = False  # whether the wall clock is to be set

    def __init__(self, build: str) -> None:
        """`build`: the settings module of the server under attack."""
        self.build = build
        self.bounds: dict[str, dict[str, Any]] = {}
        self.contained: float | None = None
        self.not_run: list[str] = []  # what this machine cannot show
        self.began = datetime.now(UTC)

    def play(self) -> dict[str, Any]:
        """One line of figures; never raises for what the server does."""
        with Lab(
            self.build, self.workers, self.environment, self.limits, disk=self.disk, clock=self.clock
        ) as lab:
            try:
                self.run(lab)
                self._look_for_evidence(lab)
            except (AssertionError, OSError, ValueError, LookupError) as error:
                said = f"{type(error).__name__}: {error}"[:300]
                self.bounds[FINISHED] = {"value": said, "limit": "", "ok": False}
        return self._result()

    def simulate(self) -> dict[str, Any]:
        """The same on a simulated clock, for those whose time is long."""
        self.run_virtual()
        return self._result()

    def run(self, lab: Lab) -> None:
        raise NotImplementedError  # each attacks in its own way; the judge's has no server and replaces `play`

    def run_virtual(self) -> None:
        """Nothing, where the real thing is short enough."""

    def bound(
        self, what: str, value: Any, *, at_most: Any = None, at_least: Any = None, equals: Any = None
    ) -> None:
        """Write down one bound and whether it held; None was not measured and holds no bound."""
        limits = []
        ok = value is not None
        if at_most is not None:
            ok = ok and value <= at_most
            limits.append(f"<= {_short(at_most)}")
        if at_least is not None:
            ok = ok and value >= at_least
            limits.append(f">= {_short(at_least)}")
        if equals is not None:
            ok = ok and value == equals
            limits.append(f"= {equals}")
        self.bounds[what] = {"value": _short(value), "limit": ", ".join(limits), "ok": bool(ok)}

    def takes(
        self,
        what: str,
        true: Callable[[], Any],
        *,
        at_most: float,
        patience: float = 0.0,
        every: float = 0.02,
    ) -> float:
        """Bound the seconds until something is true; NEVER when it is not within `patience`."""
        took = wait(true, patience or 1.5 * at_most, every)
        self.bound(what, took, at_most=at_most)
        return took

    def residents(
        self, lab: Lab, people: list[Person], *, write: bool = True, pause: float = 0.5
    ) -> tuple[Residents, Calm]:
        """Let them live, and measure how that is while nothing else happens. `pause`: seconds between two acts."""
        others = Residents(people, pause, write=write)
        cores = lab.cores(CALM_SECONDS)
        return others, Calm(others.p99(), cores)

    def notice_nothing(self, others: Residents, calm: Calm) -> None:
        """What the residents noticed since they were calm; they leave."""
        p99 = others.stop()
        self.bound("residents p99, s", p99, at_most=1.5 * calm.p99 + 0.05)
        self.bound("residents refused", others.refused, equals=0)

    def costs_little(self, cores: float, calm: float) -> None:
        """`cores`: what the workers use while the offender goes on."""
        self.bound("cores above the calm, while it goes on", cores - calm, at_most=OFFENDER_CORES)

    def calms_down(self, lab: Lab) -> None:
        """Nobody helps: no level is left after two minutes."""
        what = "level 0 again after, s"
        self.takes(what, lab.is_calm, at_most=LEVEL_0_SECONDS, patience=PATIENCE_SECONDS, every=0.5)

    def _look_for_evidence(self, lab: Lab) -> None:
        if self.rule:
            self.bound("incidents on file", len(lab.incidents(self.rule)), equals=1)
            self.bound("audit rows", lab.audit(self.rule), equals=1)

    def _result(self) -> dict[str, Any]:
        self.bound("contained_s", self.contained, at_most=self.within)
        is_known = self.contained is not None and self.contained < NEVER
        told = {
            "drill": f"{self.number} {self.name}",
            "rule": f"drill {self.name}",
            "began": self.began.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "passed": all(bound["ok"] for bound in self.bounds.values()),
            "contained_s": round(self.contained or 0.0, 2) if is_known else None,
            "runbook": f"docs/runbooks/{self.rule or self.runbook}.md",
            "bounds": self.bounds,
        }
        return told | ({"not_run": self.not_run} if self.not_run else {})


def wait(true: Callable[[], Any], seconds: float, every: float = 0.02) -> float:
    """Seconds until it was true, else NEVER."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        if true():
            return passed
        time.sleep(every)
    return NEVER


def until(true: Callable[[], Any], seconds: float, what: str, every: float = 0.02) -> float:
    """The same for what a drill cannot go on without. Raises AssertionError."""
    took = wait(true, seconds, every)
    if took == NEVER:
        raise AssertionError(f"not within {seconds:g} s: {what}")
    return took


def live(person: Person, browser: str) -> Reader:
    """A stream, as soon as live is there; unaided. Raises AssertionError."""
    opened: list[Reader] = []

    def is_live() -> bool:
        opened.append(person.stream(f"browser-{browser}-{len(opened)}"))
        return opened[-1].status == 200

    until(is_live, 20, f"live for {browser}", every=1.1)
    return opened[-1]


def _short(value: Any) -> Any:
    if value == NEVER:
        return "never"
    return round(value, 3) if isinstance(value, float) else value
