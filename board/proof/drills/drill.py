"""What every drill is: a stimulus, bounds, the containment time, and the evidence that the product kept."""

import json
import time
from collections.abc import Callable
from typing import Any, ClassVar

from board.proof.drills.lab import Lab


class Drill:
    """Subclasses attack in `run` and say with `bound` what has to hold."""

    number: ClassVar[str]
    name: ClassVar[str]
    rule: ClassVar[str] = ""  # the runbook, and the incident that has to be on file
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

    def play(self) -> dict[str, Any]:
        """One line of figures; never raises for what the server does."""
        with Lab(
            self.build, self.workers, self.environment, self.limits, disk=self.disk, clock=self.clock
        ) as lab:
            try:
                self.run(lab)
            except (AssertionError, OSError, ValueError, LookupError) as error:
                self.bounds["it runs to its end"] = {
                    "value": f"{type(error).__name__}: {error}"[:300],
                    "ok": False,
                }
            if self.rule:
                found = lab.incidents(self.rule)
                self.bound("incidents on file", len(found), equals=1)
                self.bound("audit rows", lab.audit(self.rule), equals=1)
            self.bound("contained_s", self.contained, at_most=self.within)
        return self._result()

    def simulate(self) -> dict[str, Any]:
        """The same on a simulated clock, for those whose time is long."""
        self.run_virtual()
        return self._result()

    def _result(self) -> dict[str, Any]:
        told = {
            "drill": f"{self.number} {self.name}",
            "passed": bool(self.bounds) and all(bound["ok"] for bound in self.bounds.values()),
            "contained_s": None if self.contained is None else round(self.contained, 2),
            "runbook": f"docs/runbooks/{self.rule}.md" if self.rule else None,
            "bounds": self.bounds,
        }
        return told | ({"not_run": self.not_run} if self.not_run else {})

    def run(self, lab: Lab) -> None:
        raise NotImplementedError

    def run_virtual(self) -> None:
        """Nothing, where the real thing is short enough."""

    def bound(
        self, what: str, value: Any, *, at_most: Any = None, at_least: Any = None, equals: Any = None
    ) -> None:
        """Write down one bound and whether it held."""
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


def _short(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value


def until(true: Callable[[], Any], seconds: float, what: str, every: float = 0.02) -> float:
    """Seconds until it was true. Raises AssertionError."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if true():
            return time.monotonic() - began
        time.sleep(every)
    raise AssertionError(f"not within {seconds:g} s: {what}")


def line(result: dict[str, Any]) -> str:
    return json.dumps(result)
