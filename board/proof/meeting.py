"""What a worker's gauges say, second for second, while thirty people meet on one board: for tests that replay it."""

import json
import time

from board.proof.drills.lab import Lab
from board.proof.residents import Residents

COMMAND = 'python manage.py shell -v0 -c "from board.proof.meeting import main; main()" > tests/fixtures/meeting.json'
BUILD = "board.settings"
PEOPLE = 30
PAUSE_SECONDS = 8.0  # between two acts of one of them, a write and a page in turn: two writes a second
SETTLE_SECONDS = 10.0  # each has acted once; what only a start costs is over
LOOK_SECONDS = 0.1
# What no other program on the machine and no size of it decides; the processor's speed and whoever else uses it still do.
GAUGES = ("cpu_cores", "loop_lag_ms", "rss_bytes", "thread_share", "stream_share")


def record(people: int = PEOPLE, seconds: int = 60) -> dict[str, object]:
    """Raises RuntimeError when one of them was refused: then it was no ordinary meeting."""
    with Lab(BUILD, 1, {"LADDER": "observe"}, {}) as lab:
        here = lab.people(people)
        for person in here:
            person.stream()
        residents = Residents(here, PAUSE_SECONDS, write=True)
        time.sleep(SETTLE_SECONDS)  # nothing tells when a server has settled
        residents.p99()
        told = _each_second(lab, seconds)
        p99 = residents.stop()
    if residents.refused:
        raise RuntimeError(f"{residents.refused} requests were refused.")
    return {
        "made_by": COMMAND,
        "people": people,
        "pause_seconds": PAUSE_SECONDS,
        "written": len(residents.acknowledged),
        "p99_ms": round(p99 * 1000),
        "gauges": told,
    }


def _each_second(lab: Lab, seconds: int) -> dict[str, list[float]]:
    told: dict[str, list[float]] = {name: [] for name in GAUGES}
    last = lab.status().get("at")
    for _second in range(seconds):
        while (status := lab.status()).get("at") in {None, last}:
            time.sleep(LOOK_SECONDS)  # the supervisor writes it each second
        last = status["at"]
        (worker,) = status["workers"]
        for name in GAUGES:
            told[name].append(round(worker["gauges"][name], 4))
    return told


def main() -> None:
    print(json.dumps(record()))
