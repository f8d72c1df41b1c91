"""How a worker is ended: asked to say goodbye, then told to stop, then killed."""

import signal
import time

from safeguards.judging import Rules
from safeguards.supervised import Supervised


class Ending:
    """Drain, TERM, KILL, each with its own time; `step` it until the worker is dead."""

    def __init__(self, worker: Supervised, rule: str, rules: Rules) -> None:
        self.worker, self.rule, self.rules = worker, rule, rules
        self.began = time.monotonic()
        self._stages = [(rules.drain, self._drain), (rules.term, self._term), (float("inf"), self._kill)]
        self._due = 0.0

    def step(self) -> None:
        if not self._stages or time.monotonic() < self._due:
            return
        wait, act = self._stages.pop(0)
        self._due = time.monotonic() + wait
        act()

    def put_off(self, seconds: float) -> None:
        """The supervisor slept: so much of the worker's time was not its own."""
        self._due += seconds

    def _drain(self) -> None:
        self.worker.tell({"drain": "overload"})

    def _term(self) -> None:
        self.worker.signal(signal.SIGTERM)

    def _kill(self) -> None:
        self.worker.signal(signal.SIGKILL)
