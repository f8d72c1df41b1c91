"""Testers of one stage among ordinary people, on a clock held by hand, and what the judge of them finds."""

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
AMPLIFIED = 3  # requests per event, which are the changes of others
FAULTS = ("caused by event", "nobody's hand", "same gesture")
BYSTANDERS = (5, 10, 20)  # ordinary people beside the testers


@dataclass
class Person:
    """Somebody in an ordinary meeting."""

    pk: int
    counted: Causes
    chance: random.Random
    gestures: int = 0

    def __post_init__(self) -> None:
        self.browser = f"browser-of-person-{self.pk}"
        self.cookie = f"sessionid=k; who={make_who(self.pk, 'k')}; browser={self.browser}"
        self._open()

    def live(self) -> int:
        """One second of it; how many changes they made."""
        before = self.gestures
        if self.chance.random() < 0.25:
            self._gesture()
        if self.chance.random() < 1 / 120:
            self._open()  # a laptop that slept, a second tab
        if self.chance.random() < 1 / 300:
            self._ask("/boards/x/events/")  # one gap, repaired once
        return self.gestures - before

    @property
    def cause(self) -> str:
        """Their last gesture."""
        return f"gesture-{self.pk}-{self.gestures}"

    def _gesture(self) -> None:
        self.gestures += 1
        self._ask("/boards/x/cards/", "POST", x_cause=self.cause)
        if self.chance.random() < 0.01:  # the reply was lost: the same once more
            self._ask("/boards/x/cards/", "POST", x_cause=self.cause)

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


@dataclass
class Canary(Person):
    """One tester. `fault`: what their page does with each event from then on; empty: nothing."""

    fault: str = ""
    errors: SequentialTest = field(default_factory=SequentialTest)

    def hear(self, changes: int) -> bool:
        """So many, made by others; whether the fault showed."""
        if not self.fault or not changes:
            return False
        for _ in range(AMPLIFIED * changes):
            self._run_away()
        return True

    def _run_away(self) -> None:
        if self.fault == FAULTS[0]:
            self._ask("/boards/x/cards/", "POST", x_caused_by="epoch-1")
        elif self.fault == FAULTS[1]:
            self._ask("/boards/x/")
        else:
            self._ask("/boards/x/cards/", "POST", x_cause=self.cause)

    def _ask(self, path: str, method: str = "GET", **headers: str) -> None:
        super()._ask(path, method, **headers)
        self.errors.see(error=self.chance.random() < USUAL_ERRORS)


class Stay:
    """So many testers of one stage, and so many people who test nothing, whom one process counts."""

    def __init__(self, seed: int, testers: int = 1, bystanders: int = BYSTANDERS[0]) -> None:
        self.now = 1000.0
        self.counted = Causes(lambda: self.now)
        pks = range(1, testers + bystanders + 1)
        chances = {pk: random.Random(f"{seed} {testers} {pk}") for pk in pks}
        self.canaries = [Canary(pk, self.counted, chances[pk]) for pk in pks[:testers]]
        self.bystanders = [Person(pk, self.counted, chances[pk]) for pk in pks[testers:]]

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
        made = {person.pk: person.live() for person in (*self.bystanders, *self.canaries)}
        every = sum(made.values())
        showed = [canary.hear(every - made[canary.pk]) for canary in self.canaries]
        broken = {pk for pk, *_rule in contracts.broken(self.counted)}
        self.canaries = [
            canary
            for canary in self.canaries
            if canary.pk not in broken and canary.errors.verdict is not Verdict.REJECTED
        ]
        self.now += LOOK_SECONDS
        return any(showed)
