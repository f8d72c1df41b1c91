"""What lies behind the strain: of much that comes from outside, processor and loop only show that it is much."""

from collections import Counter
from collections.abc import Iterable

from safeguards.kernel.pressure import Reading

SYMPTOMS = frozenset(
    {"cpu_cores", "container_cpu_share", "throttled_share", "psi_cpu_some_avg10", "loop_lag_ms"}
)
# A network that comes and goes makes boards come back: to put everybody off would make it once more.
OUTSIDE = frozenset({"reconnects_per_stream"})


def behind(why: str, seen: Iterable[Reading]) -> str:
    """The gauge that explains why a level was reached: the one that asked for it, unless that is a symptom."""
    if why not in SYMPTOMS:
        return why
    return next((reading.name for reading in seen if reading.name in OUTSIDE and reading.is_warm), why)


class Late:
    """Explanations that show when the level has long been reached because of a symptom."""

    def __init__(self) -> None:
        self._warm = Counter[str]()  # samples in a row

    def news(self, why: str, seen: Iterable[Reading], samples: int) -> list[str]:
        """Gauges that have been warm for just so many samples; `why` the level is what it is. Call it once a sample."""
        for reading in seen:
            if reading.name in OUTSIDE:
                self._warm[reading.name] = self._warm[reading.name] + 1 if reading.is_warm else 0
        return [name for name, times in self._warm.items() if times == samples and why in SYMPTOMS]
