"""What every drill is: a stimulus, bounds, the containment time, and the evidence that the product kept."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from board.proof.containment import NEVER
from board.proof.drills.bar import BAR, CommonBar
from board.proof.drills.bounds import until
from board.proof.drills.lab import Lab
from board.proof.people import Person
from board.proof.reader import Reader

FINISHED = "it runs to its end"
SIMULATED = "no server and nobody else: the rule alone, on a clock held by hand"


class Drill(CommonBar):
    """Subclasses attack in `run` and say with `bound` what has to hold besides the common bar."""

    number: ClassVar[str]
    name: ClassVar[str]
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
        super().__init__()
        self.build = build
        self.contained: float | None = None
        self.not_run: list[str] = []  # what this machine cannot show
        self.began = datetime.now(UTC)

    def play(self, *, common: bool = True) -> dict[str, Any]:
        """One line of figures; never raises for what the server does. `common`: with the common bar."""
        self.is_common = common
        made = self.environment, self.limits
        try:
            with Lab(self.build, self.workers, *made, disk=self.disk, clock=self.clock) as lab:
                try:
                    self.run(lab)
                    self.hold_the_bar(lab)
                finally:
                    self.leave()
        except Exception as error:  # whatever an attacked server makes of a client, the other drills go on
            said = f"{type(error).__name__}: {error}"[:300]
            self.bounds[FINISHED] = {"value": said, "limit": "", "ok": False}
        return self._result(self.excused)

    def simulate(self) -> dict[str, Any]:
        """The same on a simulated clock, for those whose time is long."""
        self.run_virtual()
        return self._result(dict.fromkeys(BAR, SIMULATED))

    def run(self, lab: Lab) -> None:
        raise NotImplementedError  # each attacks in its own way; the judge's has no server and replaces `play`

    def run_virtual(self) -> None:
        """Nothing, where the real thing is short enough."""

    def _result(self, excused: dict[str, str]) -> dict[str, Any]:
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
            "excused": excused,
        }
        return told | ({"not_run": self.not_run} if self.not_run else {})


def live(person: Person, browser: str) -> Reader:
    """A stream, as soon as live is there; unaided. Raises AssertionError."""
    opened: list[Reader] = []

    def is_live() -> bool:
        opened.append(person.stream(f"browser-{browser}-{len(opened)}"))
        return opened[-1].status == 200

    until(is_live, 20, f"live for {browser}", every=1.1)
    return opened[-1]
