"""What a supervisor concludes about one worker from what can be seen from outside. Pure, with a clock you can hold."""

from collections.abc import Callable
from dataclasses import dataclass

SHED = 2  # the level from which on a busy processor is no longer indicators alone


@dataclass(frozen=True, slots=True)
class Rules:
    """Seconds, cores and bytes as in `safeguards.conf`. `acts`: recycle, or only say so."""

    stack_after: float = 0.75
    silent: float = 5.0
    spin_cores: float = 0.95
    spin_seconds: float = 5.0
    rss_bytes: float = float(1 << 30)
    rss_share: float = 0.9
    starting: float = 20.0
    drain: float = 5.0
    term: float = 3.0
    budget: int = 3
    window: float = 60.0
    rest: float = 30.0
    acts: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """`silent`: seconds since the last heartbeat; `level`: of its ladder, as it says itself."""

    cores: float
    rss: int
    silent: float
    level: int
    has_beaten: bool = True
    age: float = 3600.0


class Judge:
    """One per worker. `look` at it twice a second or more often."""

    def __init__(self, rules: Rules, now: Callable[[], float]) -> None:
        self.rules, self.now = rules, now
        self._spins_since: float | None = None
        self._heavy = 0
        self._stacked = False

    def look(self, seen: Seen) -> str:
        """The rule that this worker breaks: `cpu-spin`, `memory`, `blocked-loop`; empty while it breaks none."""
        if not seen.has_beaten and seen.age < self.rules.starting:
            return ""  # it is still importing
        if seen.silent >= self.rules.silent:
            return "blocked-loop"
        self._heavy = self._heavy + 1 if seen.rss >= self.rules.rss_bytes * self.rules.rss_share else 0
        if self._heavy >= 2:
            return "memory"
        return "cpu-spin" if self._spins(seen) else ""

    def wants_stacks(self, seen: Seen) -> bool:
        """Once per silence."""
        silent = seen.has_beaten and seen.silent >= self.rules.stack_after
        fresh, self._stacked = silent and not self._stacked, silent
        return fresh

    def forget(self) -> None:
        """The supervisor itself was stopped for a while: what it thinks it saw means nothing."""
        self._spins_since, self._heavy, self._stacked = None, 0, False

    def _spins(self, seen: Seen) -> bool:
        if seen.cores < self.rules.spin_cores:
            self._spins_since = None
            return False
        if self._spins_since is None:
            self._spins_since = self.now()
        shed = seen.level >= SHED or seen.silent >= self.rules.stack_after
        return shed and self.now() - self._spins_since >= self.rules.spin_seconds
