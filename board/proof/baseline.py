"""How a server of this host is while nothing is wrong: idle, with three residents, and with twenty streams besides."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from board.proof.drills.lab import Lab
from board.proof.people import Person
from board.proof.residents import Residents
from safeguards.recording import Recorder

RESIDENTS, STREAMS, PAUSE_SECONDS = 3, 20, 1.0
BUILD = "board.settings"
GAUGES = (
    "cpu_cores",
    "rss_bytes",
    "loop_lag_ms",
    "db_ms",
    "threads",
    "r",
    "reconnects_per_stream",
    "streams",
)
RATES = ("requests", "events", "written")  # a second


def measure(seconds: float) -> dict[str, dict[str, float]]:
    """`seconds` for each of the three parts. Figures by name: lowest, middle and highest that was seen.

    Takes a server of its own on loopback, with data of its own."""
    seen: dict[str, list[float]] = {name: [] for name in (*GAUGES, *RATES, "page_ms", "idle_cores")}
    with Lab(BUILD, 1, {"LADDER": "observe"}, {}) as lab:
        people = lab.people(RESIDENTS + STREAMS)
        time.sleep(2)  # what only a start costs is not ordinary
        seen["idle_cores"].append(lab.cores(seconds))
        with living(people[:RESIDENTS], seen["page_ms"]):
            _look(lab, seconds, seen)
            for person in people[RESIDENTS:]:
                person.stream()
            _look(lab, seconds, seen)
    return {name: _spread(values) for name, values in seen.items() if values}


@contextmanager
def living(people: list[Person], page_ms: list[float]) -> Iterator[None]:
    residents = Residents(people, PAUSE_SECONDS, write=True)
    try:
        yield
    finally:
        page_ms.extend(1000 * each for each in residents.taken())
        residents.stop()


def _look(lab: Lab, seconds: float, seen: dict[str, list[float]]) -> None:
    until, recorder = time.monotonic() + seconds, Recorder()
    recorder.line(time.monotonic(), lab.status()["workers"])
    while time.monotonic() < until:
        time.sleep(1)  # how often a worker tells its gauges
        for name in GAUGES:
            seen[name].append(lab.gauge(name))
        told = recorder.line(time.monotonic(), lab.status()["workers"])["total"]
        for name in RATES:
            seen[name].append(told.get(name, 0.0))


def _spread(values: list[float]) -> dict[str, Any]:
    ordered = sorted(values)
    return {"low": ordered[0], "mid": ordered[len(ordered) // 2], "high": ordered[-1]}
