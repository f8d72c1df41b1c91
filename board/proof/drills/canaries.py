"""Testers of one stage on a clock held by hand, and what the judge of them finds."""

import math
import random
from dataclasses import dataclass, field

from safeguards.asked import Asked
from safeguards.causes import Causes
from safeguards.identity import make_who
from safeguards.rollout import contracts
from safeguards.rollout.sequential_test import SequentialTest, Verdict

LOOK_SECONDS = 1.0  # between two looks of the judge
USUAL_ERRORS = 0.005
AMPLIFIED = 3  # requests per event
FAULTS = ("caused by event", "nobody's hand", "same gesture")


@dataclass
class Canary:
    """One tester. `fault`: what their page does with each event from then on; empty: nothing."""

    pk: int
    counted: Causes
    chance: random.Random
    fault: str = ""
    errors: SequentialTest = field(default_factory=SequentialTest)
    gestures: int = 0

    def __post_init__(self) -> None:
        self.browser = f"browser-of-canary-{self.pk}"
        self.cookie = f"sessionid=k; who={make_who(self.pk, 'k')}; browser={self.browser}"
        self._open()

    def live(self) -> bool:
        """One second of an ordinary meeting; whether the fault showed."""
        if self.chance.random() < 0.25:
            self._gesture()
        if self.chance.random() < 1 / 120:
            self._open()  # a laptop that slept, a second tab
        if self.chance.random() < 1 / 300:
            self._ask("/boards/x/events/")  # one gap, repaired once
        if self.chance.random() >= 0.5 or not self.fault:
            return False
        for _ in range(AMPLIFIED):  # somebody else changed something
            self._run_away()
        return True

    def _run_away(self) -> None:
        if self.fault == FAULTS[0]:
            self._ask("/boards/x/cards/", "POST", x_caused_by="epoch-1")
        elif self.fault == FAULTS[1]:
            self._ask("/boards/x/")
        else:
            self._ask("/boards/x/cards/", "POST", x_cause="the last one")

    def _gesture(self) -> None:
        self.gestures += 1
        cause = f"gesture-{self.pk}-{self.gestures}"
        self._ask("/boards/x/cards/", "POST", x_cause=cause)
        if self.chance.random() < 0.01:  # the reply was lost: the same once more
            self._ask("/boards/x/cards/", "POST", x_cause=cause)

    def _open(self) -> None:
        self._ask("/boards/x/stream/")
        self.counted.opened(self.browser)

    def _ask(self, path: str, method: str = "GET", **headers: str) -> None:
        more = {"cookie": self.cookie, "sec-fetch-dest": "empty", **headers}
        scope = {
            "type": "http",
            "path": path,
            "method": method,
            "client": ("192.0.2.1", 1),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in more.items()],
        }
        self.counted.attempt(Asked(scope))
        self.errors.see(error=self.chance.random() < USUAL_ERRORS)


class Stay:
    """So many testers of one stage, whom one process counts."""

    def __init__(self, seed: int, testers: int = 1) -> None:
        self.now = 1000.0
        self.counted = Causes(lambda: self.now)
        self.canaries = [
            Canary(pk, self.counted, random.Random(f"{seed} {testers} {pk}")) for pk in range(1, testers + 1)
        ]

    def lose(self, seconds: float) -> int:
        """How many are rolled back meanwhile, though nobody does anything wrong."""
        before = len(self.canaries)
        for _second in range(int(seconds / LOOK_SECONDS)):
            self._pass()
        return before - len(self.canaries)

    def find(self, fault: str, within: float) -> float:
        """Seconds from when the page of one first runs away until they are rolled back; inf: not even late."""
        (canary,) = self.canaries
        canary.fault, first, until = fault, math.inf, self.now + within
        while self.now < until:
            if self._pass():
                first = min(first, self.now - LOOK_SECONDS)
            if not self.canaries:
                return self.now - first
        return math.inf

    def _pass(self) -> bool:
        """One second, and a look of the judge at its end; whether a fault showed."""
        showed = [canary.live() for canary in self.canaries]
        broken = {pk for pk, *_rule in contracts.broken(self.counted)}
        self.canaries = [
            canary
            for canary in self.canaries
            if canary.pk not in broken and canary.errors.verdict is not Verdict.REJECTED
        ]
        self.now += LOOK_SECONDS
        return any(showed)
