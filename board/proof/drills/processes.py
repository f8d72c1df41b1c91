"""Workers that spin, hang, leak, and guards that are gone."""

import time

import psutil

from board.proof.drills.drill import Drill, until
from board.proof.drills.lab import Lab

RUNAWAY = 1.3  # of the memory limit: nothing ends it any more


class SilentSpin(Drill):
    """A thread that only computes: every answer is fast, nothing fails."""

    number, name, rule = "D9", "silent-spin", "cpu-spin"
    within = 10.0

    def run(self, lab: Lab) -> None:
        (person,) = lab.people(1)
        (before,) = lab.pids()
        reader = person.stream()
        lab.fault("spin")
        began = time.monotonic()
        slowest, errors, since = 0.0, 0, time.time()
        while not reader.ended.is_set() and time.monotonic() - began < 15:
            asked = time.monotonic()
            try:
                failed = lab.get("/healthz")[0] >= 400
            except OSError:
                failed = True
            if not reader.ended.is_set():  # from then on its place is being taken
                slowest, errors = max(slowest, time.monotonic() - asked), errors + failed
            time.sleep(0.1)
        lab.fault("spin", on=False)
        until(lambda: not psutil.pid_exists(before), 10, "the worker is gone")
        self.contained = time.monotonic() - began
        self.bound("answers stayed fast until then, slowest s", slowest, at_most=1.0)
        self.bound("errors until then", errors, equals=0)
        lines = [line for incident in lab.incidents(self.rule) for line in incident["timeline"]]
        tripped = min((_seconds(line["at"]) - since for line in lines if "figures" in line), default=None)
        self.bound("the processor's rule tripped after, s", tripped, at_most=5.0)
        self.bound(
            "the stream was told goodbye", [bye["reason"] for bye in reader.of("bye")], equals=["overload"]
        )
        until(lambda: lab.get("/healthz")[0] == 200, 10, "plain pages again", every=0.2)


class BlockedLoop(Drill):
    """`time.sleep(3)` inside the event loop."""

    number, name, rule = "D8", "blocked-loop", "blocked-loop"
    within = 5.0

    def run(self, lab: Lab) -> None:
        person, other = lab.people(2)
        reader = person.stream()
        lab.fault("block")
        until(lambda: not (lab.folder / "faults" / "block").exists(), 3, "the block begins", every=0.005)
        began = time.time()
        status, made = other.add("Said while the loop hangs")
        self.bound("the write that waited", status, equals=201)
        until(lambda: made["seq"] in [change["seq"] for change in reader.of("change")], 5, "the change")
        self.contained = time.time() - began
        found = lab.incidents(self.rule)
        lines = [line for incident in found for line in incident["timeline"]]
        stacks = [str(line.get("stack", "")) + str(line.get("stacks", "")) for line in lines]
        self.bound(
            "stacks name the line that hangs", any("faults.py" in stack for stack in stacks), equals=True
        )
        first = min((_seconds(line["at"]) for line in lines if line.get("stack")), default=0.0)
        self.bound("detected after, s", first - began if first else None, at_most=0.75)


class Leak(Drill):
    """100 KiB that stay with every event."""

    number, name, rule = "D7", "leak", "memory"
    within = 5.0
    environment = {"LIMITS": "wide"}
    limits = {"rss_bytes": 260 * 1024 * 1024, "lag_ms": 60_000}

    def run(self, lab: Lab) -> None:
        people = lab.people(2)
        (before,) = lab.pids()
        people[0].stream()  # without a reader no event goes anywhere
        lab.fault("leak")
        written, acknowledged, warned, highest = 0, 0, None, 0.0
        began = time.monotonic()
        crossed: float | None = None
        while lab.pids() == [before] and time.monotonic() - began < 90:
            try:
                status, _made = people[written % 2].add(f"Statement {written}")
            except OSError:
                break
            written += 1
            acknowledged += status == 201
            try:
                share = psutil.Process(before).memory_info().rss / self.limits["rss_bytes"]
            except psutil.NoSuchProcess:
                break
            highest = max(highest, share)
            warned = warned or (
                share if lab.gauge("rss_share") >= 0.75 and lab.gauge("ladder_level") else None
            )
            crossed = crossed or (time.monotonic() if share >= 0.9 else None)
            if share > RUNAWAY:
                break
        lab.fault("leak", on=False)
        until(lambda: not psutil.pid_exists(before), 20, "the worker is gone")
        self.contained = time.monotonic() - crossed if crossed else None
        until(lambda: lab.pids() not in ([before], []), 20, "a new worker")
        until(lambda: lab.get("/readyz")[0] == 200, 20, "the new worker serves", every=0.2)
        cards = sum(len(zone["cards"]) for zone in people[0].board()["zones"])
        self.bound("warned from", warned, at_least=0.75)
        self.bound("highest share of the limit", highest, at_most=1.1)
        self.bound("acknowledged cards that are there", cards, at_least=acknowledged)
        until(lambda: people[0].stream().status == 200, 60, "streams resume", every=2)


def _seconds(iso: str) -> float:
    from datetime import datetime  # noqa: PLC0415

    return datetime.fromisoformat(iso).timestamp()
