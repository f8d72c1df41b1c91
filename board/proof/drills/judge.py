"""Is the judge right? Testers that are like everybody, one whose page runs away, and one who falls silent."""

import math
from collections.abc import Callable
from typing import Any, ClassVar

from board.proof.containment import NEVER
from board.proof.drills.bar import BAR
from board.proof.drills.canaries import BYSTANDERS, FAULTS, Stay
from board.proof.drills.drill import SIMULATED, Drill
from safeguards import conf, stages
from safeguards.rollout.verdicts import Seen, Word, judged

WARM_SECONDS, LONGEST_SECONDS = 120, 60  # before the page runs away, and how long it may at most
FOUND_SECONDS, FALSE_PERCENT = 10.0, 2.0
SPEAKS = Seen(violation="", has_baseline=True, judged=0.0, tester=0.0, residents="", missing=())
SILENT_SECONDS = 3600


class CanaryJudge(Drill):
    """Half an hour of each stage: those who do nothing wrong stay, one whose page answers events does not; whoever is
    silent passes no more."""

    number, name, runbook = "D13", "canary-judge", "rollback"
    # There is no server to take anything out of: tests/board/test_judge_drill.py takes it out of the judge.
    proof: ClassVar[dict[str, tuple[str, ...]]] = {}
    within = FOUND_SECONDS
    excused = dict.fromkeys(BAR, SIMULATED)
    canaries, minutes = 200, 30  # simulated, in each stage

    def play(self, *, common: bool = True) -> dict[str, Any]:
        """There is no server in it: the judge alone, on a clock held by hand."""
        return self.simulate()

    def run_virtual(self) -> None:
        for stage, testers in stages.TESTERS.items():
            stays = range(self.canaries // testers)
            false = sum(Stay(seed, testers).lose(60 * self.minutes) for seed in stays)
            percent = 100 * false / (len(stays) * testers)
            self.bound(f"stage {stage}: like everybody, rolled back, %", percent, at_most=FALSE_PERCENT)
        found = [self._found(seed, FAULTS[seed % len(FAULTS)]) for seed in range(self.canaries)]
        all_found = 100 * sum(at < math.inf for at in found) / len(found)
        self.bound("amplified ones that were found, %", all_found, equals=100)
        self.contained = max(found)
        self.bound("found after at most, s", self.contained, at_most=FOUND_SECONDS)
        self._fall_silent()

    def _found(self, seed: int, fault: str) -> float:
        others = BYSTANDERS[seed // len(FAULTS) % len(BYSTANDERS)]  # each number of them with each fault
        stay = Stay(seed, bystanders=others)
        while stay.lose(WARM_SECONDS):
            stay = Stay(
                seed := seed + self.canaries, bystanders=others
            )  # rolled back by chance: it could not be found any more
        return stay.find(fault, LONGEST_SECONDS)

    def _fall_silent(self) -> None:
        """From a stage that passes, each voice alone stops; an hour long nobody says PASS any more."""
        self.bound("while all speak", judged(SPEAKS).word, equals=Word.PASS)
        self._silent(
            "the tester", lambda age: SPEAKS._replace(tester=age), conf.number("tester_silent_seconds")
        )
        self._silent(
            "the judge", lambda age: SPEAKS._replace(judged=age), conf.number("judge_silent_seconds")
        )
        for what, seen in {
            "the controller restarted": SPEAKS._replace(judged=None),
            "no tester seen yet": SPEAKS._replace(tester=None),
            "the baseline is stale": SPEAKS._replace(has_baseline=False),
        }.items():
            self.bound(f"{what}: at once", judged(seen).word, equals=Word.HOLD)

    def _silent(self, who: str, seen: Callable[[float], Seen], most: float) -> None:
        said = [judged(seen(float(age))).word for age in range(SILENT_SECONDS)]
        first = said.index(Word.HOLD) if Word.HOLD in said else None
        after = NEVER if first is None else float(first)
        self.bound(f"{who} is silent: HOLD after, s", after, at_most=most + 1)
        passed = len(said) if first is None else said[first:].count(Word.PASS)
        self.bound(f"{who} is silent: PASS after that", passed, equals=0)
