"""Why a worker is dead, for the incident."""

import signal
from collections.abc import Callable
from typing import Any

from safeguards.supervised import Supervised

# How an operator, a terminal or systemd asks a process to leave: nothing went wrong.
POLITE = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
NAMES = {number.value: number.name for number in signal.Signals}


def write_down(worker: Supervised, rule: str, record: Callable[[str, dict[str, Any]], None]) -> None:
    """`rule`: what the supervisor ended it for; empty where it did not."""
    stacks = worker.read_stacks()
    evidence: dict[str, Any] = {"worker": worker.process.pid, "did": "ended"}
    evidence |= {"stacks": stacks} if stacks else {}
    if not rule and (number := unwanted(worker)):
        seen = {"signal": number, "rss_bytes": worker.rss, "cores": round(worker.cores, 2)}
        record("worker-died", evidence | seen | {"did": "another one starts"})
    elif stacks:
        record(rule or "blocked-loop", evidence)


def unwanted(worker: Supervised) -> str:
    """The signal that it died by, where neither the supervisor sent it nor anybody asked it to leave."""
    number = -(worker.process.returncode or 0)
    if number <= 0 or number in worker.sent | POLITE:
        return ""
    return NAMES.get(number, f"signal {number}")
