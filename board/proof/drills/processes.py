"""Workers that spin, hang and leak."""

import time
from collections import Counter
from datetime import datetime

import psutil

from board.proof.containment import NEVER
from board.proof.drills.bar import COST, P99, REFUSED
from board.proof.drills.bounds import until, wait
from board.proof.drills.drill import Drill
from board.proof.drills.lab import Lab

RUNAWAY = 1.3  # of the memory limit: nothing ends it any more
MIB = 1024 * 1024


class SilentSpin(Drill):
    """A thread that only computes: every answer is fast, nothing fails."""

    number, name, rule = "D9", "silent-spin", "cpu-spin"
    proof = {"D9": ("the processor's rule tripped after, s", "the stream was told goodbye", "contained_s")}
    within = 10.0
    excused = dict.fromkeys(
        (P99, REFUSED),
        "their only worker spins and is replaced: slowest answer and errors until then are bounds of their own",
    )

    def run(self, lab: Lab) -> None:
        (person,) = lab.people(1)
        (before,) = lab.pids()
        reader = person.stream()
        self.move_in(lab)
        lab.fault("spin")
        began, since = time.monotonic(), time.time()
        slowest, errors = 0.0, 0
        while not reader.ended.is_set() and time.monotonic() - began < 1.5 * self.within:
            asked = time.monotonic()
            failed = not lab.answers()
            if not reader.ended.is_set():  # from then on its place is being taken
                slowest, errors = max(slowest, time.monotonic() - asked), errors + failed
            time.sleep(0.1)  # ten questions a second are no load
        lab.fault("spin", on=False)
        gone = wait(lambda: not psutil.pid_exists(before), 10)
        self.contained = time.monotonic() - began if gone < NEVER else NEVER
        self.bound("answers stayed fast until then, slowest s", slowest, at_most=1.0)
        self.bound("errors until then", errors, equals=0)
        lines = [line for incident in lab.incidents(self.rule) for line in incident["timeline"]]
        tripped = min((_seconds(line["at"]) - since for line in lines if "figures" in line), default=NEVER)
        self.bound("the processor's rule tripped after, s", tripped, at_most=5.0)
        goodbyes = [bye["reason"] for bye in reader.of("bye")]
        self.bound("the stream was told goodbye", goodbyes, equals=["overload"])
        until(lab.answers, 10, "plain pages again", every=0.2)
        until(lambda: bool(lab.pids()), 10, "a worker", every=0.2)
        self.costs_little(lab.cores(2))


class BlockedLoop(Drill):
    """`time.sleep(3)` inside the event loop."""

    number, name, rule = "D8", "blocked-loop", "blocked-loop"
    proof = {"D8": ("stacks name the line that hangs", "detected after, s")}
    within = 5.0
    excused = {
        P99: "who asks while their only loop hangs waits until it goes on: the write that waited is a bound of its own",
        COST: "a loop that sleeps computes nothing",
    }

    def run(self, lab: Lab) -> None:
        person, other = lab.people(2)
        self.move_in(lab)
        reader = person.stream()
        lab.fault("block")
        until(lambda: not (lab.folder / "faults" / "block").exists(), 3, "the block begins", every=0.005)
        began = time.time()
        status, made = other.add("Said while the loop hangs")
        self.bound("the write that waited", status, equals=201)
        until(lambda: made["seq"] in reader.seqs(), 5, "the change")
        self.contained = time.time() - began
        found = lab.incidents(self.rule)
        lines = [line for incident in found for line in incident["timeline"]]
        stacks = [str(line.get("stack", "")) + str(line.get("stacks", "")) for line in lines]
        named = any("faults.py" in stack for stack in stacks)
        self.bound("stacks name the line that hangs", named, equals=True)
        first = min((_seconds(line["at"]) - began for line in lines if line.get("stack")), default=NEVER)
        self.bound("detected after, s", first, at_most=0.75)


class Leak(Drill):
    """500 KiB that stay with every event.

    With 100 KiB some 1,300 events are needed to fill the memory: written in the time of a drill they would press the
    processor first, and its rule, not that of the memory, would end the worker."""

    number, name, rule = "D7", "leak", "memory"
    proof = {"D7": ("highest share of the limit", "contained_s")}
    within = 5.0
    environment = {"LIMITS": "wide"}
    limits = {"rss_bytes": 260 * MIB, "lag_ms": 60_000}
    excused = dict.fromkeys(
        (P99, REFUSED), "their only worker is replaced: who asks meanwhile waits for the next one"
    ) | {COST: "the leak ends with the worker"}

    def run(self, lab: Lab) -> None:
        people = lab.people(2)
        self.move_in(lab)
        (before,) = lab.pids()
        reader, epoch = (
            people[0].stream(),
            people[0].board()["epoch"],
        )  # no event goes anywhere without a reader
        lab.fault("leak")
        seqs, warned, highest, crossed = list[int](), 0.0, 0.0, NEVER
        began = time.monotonic()
        while lab.pids() == [before] and highest < RUNAWAY and time.monotonic() - began < 90:
            try:
                status, made = people[len(seqs) % 2].add(f"Statement {len(seqs)}")
                seqs += [made["seq"]] if status == 201 else []
                share = psutil.Process(before).memory_info().rss / self.limits["rss_bytes"]
                time.sleep(0.05)  # memory is to run out, not the processor
            except (OSError, psutil.NoSuchProcess):
                break
            highest = max(highest, share)
            if not warned and lab.gauge("rss_share") >= 0.75 and lab.gauge("ladder_level"):
                warned = share
            if share >= 0.9:
                crossed = min(crossed, time.monotonic())
        gone = wait(lambda: not psutil.pid_exists(before), 20)
        self.contained = time.monotonic() - crossed if max(gone, crossed) < NEVER else NEVER
        lab.fault("leak", on=False)
        self.bound("warned from", warned, at_least=0.75)
        self.bound("highest share of the limit", highest, at_most=1.1)
        until(lambda: bool(lab.pids()) and lab.answers("/readyz"), 20, "a worker serves", every=0.2)
        cards = sum(len(zone["cards"]) for zone in people[0].board()["zones"])
        self.bound("acknowledged cards that are there", cards, at_least=len(seqs))
        last = reader.seqs()[-1]
        again = [reader]

        def is_back() -> bool:
            again.append(people[0].stream(query=f"?since={epoch}-{last}&again=1"))
            return again[-1].status == 200

        self.takes("streams resume after, s", is_back, at_most=60, every=2)
        seqs.append(people[1].add("Said once it is back")[1]["seq"])
        wait(lambda: again[-1].seqs()[-1:] == seqs[-1:], 5)
        got = Counter(reader.seqs() + again[-1].seqs())
        wrong = sum(got[seq] != 1 for seq in seqs)
        self.bound("changes lost or doubled for the stream that was cut", wrong, equals=0)


def _seconds(iso: str) -> float:
    return datetime.fromisoformat(iso).timestamp()
