"""Is the judge of a canary of one right? Two hundred that are like everybody, two hundred whose page runs away."""

import math
import random
from dataclasses import dataclass, field
from typing import Any, ClassVar

from board.proof.drills.bar import BAR
from board.proof.drills.drill import SIMULATED, Drill
from safeguards.asked import Asked
from safeguards.causes import Causes, levelled
from safeguards.identity import make_who
from safeguards.rollout import contracts
from safeguards.rollout.sequential_test import SequentialTest, Verdict

CANARIES, MINUTES = 200, 30  # simulated
LOOK_SECONDS = 1.0  # between two looks of the judge
USUAL_ERRORS = 0.005
AMPLIFIED = 3  # requests per event
FOUND_SECONDS, FALSE_PERCENT = 10.0, 2.0
FAULTS = ("caused by event", "nobody's hand", "same gesture")


class CanaryJudge(Drill):
    """Half an hour each of one tester: those who do nothing wrong stay, those whose page answers events do not."""

    number, name, runbook = "D13", "canary-judge", "rollback"
    proof: ClassVar[
        dict[str, tuple[str, ...]]
    ] = {}  # no server to take anything out of: see the tests of the judge
    within = FOUND_SECONDS
    excused = dict.fromkeys(BAR, SIMULATED)

    def play(self, *, common: bool = True) -> dict[str, Any]:
        """There is no server in it: the judge alone, on a clock held by hand."""
        return self.simulate()

    def run_virtual(self) -> None:
        taken = [Canary(seed).judged() for seed in range(CANARIES)]
        false = 100 * sum(at < math.inf for at in taken) / CANARIES
        self.bound("like everybody, rolled back, %", false, at_most=FALSE_PERCENT)
        found = [Canary(seed, FAULTS[seed % len(FAULTS)]).judged() for seed in range(CANARIES)]
        self.bound(
            "amplified ones that were found, %",
            100 * sum(at < math.inf for at in found) / CANARIES,
            equals=100,
        )
        self.contained = max(found)
        self.bound("found after at most, s", self.contained, at_most=FOUND_SECONDS)


@dataclass
class Canary:
    """One tester. `fault`: what their page does with each event once half of the time is over; empty: nothing."""

    seed: int
    fault: str = ""
    now: float = 1000.0
    chance: random.Random = field(init=False)
    counted: Causes = field(init=False)
    errors: SequentialTest = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(f"{self.seed} {self.fault}")
        self.counted = Causes(lambda: self.now)
        self.errors = SequentialTest()
        self.cookie = f"sessionid=k; who={make_who(1, 'k')}; browser=browser-of-canary"
        self.gestures = 0

    def judged(self) -> float:
        """Seconds from the first fault, or from the beginning, until it was rolled back; inf: never."""
        self._open()
        since = self.now
        broken_from = self.now + MINUTES * 60 / 2 if self.fault else math.inf
        until = self.now + MINUTES * 60
        first: float | None = None
        while self.now < until:
            if self._live(self.now >= broken_from) and first is None:
                first = self.now
            if self._is_found():
                return self.now + LOOK_SECONDS - (first if first is not None else since)
            self.now += LOOK_SECONDS
        return math.inf

    def _live(self, is_broken: bool) -> bool:
        """One second of an ordinary meeting; whether the fault showed."""
        if self.chance.random() < 0.25:
            self._gesture()
        if self.chance.random() < 1 / 120:
            self._open()  # a laptop that slept, a second tab
        if self.chance.random() < 1 / 300:
            self._ask("/boards/x/events/")  # one gap, repaired once
        showed = False
        if self.chance.random() < 0.5 and is_broken:  # somebody else changed something
            for _ in range(AMPLIFIED):
                self._run_away()
            showed = True
        return showed

    def _run_away(self) -> None:
        if self.fault == FAULTS[0]:
            self._ask("/boards/x/cards/", "POST", x_caused_by="epoch-1")
        elif self.fault == FAULTS[1]:
            self._ask("/boards/x/")
        else:
            self._ask("/boards/x/cards/", "POST", x_cause="the last one")

    def _gesture(self) -> None:
        self.gestures += 1
        cause = f"gesture-{self.gestures}"
        self._ask("/boards/x/cards/", "POST", x_cause=cause)
        if self.chance.random() < 0.01:  # the reply was lost: the same once more
            self._ask("/boards/x/cards/", "POST", x_cause=cause)

    def _open(self) -> None:
        self._ask("/boards/x/stream/")
        self.counted.opened("browser-of-canary")

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

    def _is_found(self) -> bool:
        r = levelled(*self.counted.r())
        return self.errors.verdict is Verdict.REJECTED or any(contracts.broken(self.counted, r))
