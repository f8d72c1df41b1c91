"""How long the next worker is waited for, and how long it begins without live."""

from collections.abc import Callable

from safeguards.judging import Rules

BACKOFF_SECONDS = (1.0, 2.0, 4.0)
BEYOND_BUDGET = 20  # times the usual rest: until people have had time to look


class Restarts:
    """`count`: since the supervisor began. Ask for the `delay` once per restart, for the `rest` after it."""

    def __init__(self, rules: Rules, now: Callable[[], float]) -> None:
        self.rules, self.now = rules, now
        self.count = 0
        self._recent: list[float] = []

    def delay(self) -> float:
        now = self.now()
        self.count += 1
        self._recent = [at for at in self._recent if now - at < self.rules.window] + [now]
        return BACKOFF_SECONDS[min(len(self._recent), len(BACKOFF_SECONDS)) - 1]

    def rest(self, *, recycled: bool) -> float:
        """Seconds; beyond the budget many more."""
        if len(self._recent) > self.rules.budget:
            return self.rules.rest * BEYOND_BUDGET
        return self.rules.rest if recycled else 0.0

    def spares(self, rule: str, rest: float, age: float) -> bool:
        """Whether a worker that began with this `rest` and breaks this rule is left alone at this `age`, in seconds.

        One that spins still serves plain pages, and has no live to lose. A blocked one serves nobody, and memory that
        fills is everybody's."""
        return rule == "cpu-spin" and rest >= self.rules.rest * BEYOND_BUDGET and age < rest
