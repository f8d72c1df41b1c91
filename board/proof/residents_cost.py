"""What the residents of a stage cost: cores of the worker and of the supervisor without a stage, and with one.

`python manage.py shell -v0 -c "from board.proof.residents_cost import main; main()"`"""

import json
import time

import psutil

from board.proof.drills.bounds import until
from board.proof.drills.lab import Lab

SETTLE_SECONDS = 8.0  # what only a start costs is over
MOVED_IN_SECONDS = 60.0  # patience until the residents act
BUILD = "board.settings"
BEGIN = """
from board.proof.staged import rehearsed
from safeguards import rollout
rehearsed("live_board")
rollout.add("live_board", "demo-tester", actor="measurement", reason="cost", consented=True, guarded=True)
"""
ACTS = "SELECT COUNT(*) FROM collaboration_collaborationevent WHERE actor_name LIKE 'Synthetic resident%'"


def measure(seconds: float) -> dict[str, float]:
    with Lab(BUILD, 1, {"LADDER": "observe"}, {}) as lab:
        time.sleep(SETTLE_SECONDS)  # the processor tells of nothing else that could be waited for
        without = _cores(lab, seconds)
        lab.manage("shell", "-v0", "-c", BEGIN)
        until(lambda: lab.rows(ACTS)[0][0], MOVED_IN_SECONDS, "the residents act", every=0.5)
        (before,) = lab.rows(ACTS)[0]
        beside = _cores(lab, seconds)
        (after,) = lab.rows(ACTS)[0]
    return {
        "worker_without": without[0],
        "worker_with": beside[0],
        "supervisor_without": without[1],
        "supervisor_with": beside[1],
        "writes_per_second": round((after - before) / seconds, 2),
    }


def _cores(lab: Lab, seconds: float) -> tuple[float, float]:
    """Of the worker, and of the supervisor."""
    supervisor = psutil.Process(lab.server.pid)
    began, before = time.monotonic(), sum(supervisor.cpu_times()[:2])
    worker = lab.cores(seconds)
    used = sum(supervisor.cpu_times()[:2]) - before
    return round(worker, 4), round(used / (time.monotonic() - began), 4)


def main(seconds: float = 30.0) -> None:
    print(json.dumps(measure(seconds)))
