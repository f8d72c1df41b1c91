"""Whether the workers together fill the memory of their container or unit, and which of them is to go for it."""

from collections.abc import Callable, Sequence

from safeguards.resources import cgroup
from safeguards.supervised import Supervised

TIMES = 2  # in a row, as a worker's own memory is judged
OWN_SHARE = 0.5  # of what is used: below it somebody else fills the memory, and no end of ours empties it


class Crowd:
    """`share`: of the limit, from which on it is full."""

    def __init__(self, share: float, fullest: Callable[[], cgroup.Fill | None] = cgroup.fullest) -> None:
        self.share, self.fullest = share, fullest
        self._full = 0

    def look(self, workers: Sequence[Supervised], *, is_ending: bool) -> Supervised | None:
        """The one to end now: the largest, and none while another one is ending or all are still importing."""
        fill, serving = self.fullest(), [worker for worker in workers if worker.has_beaten]
        own = sum(worker.rss for worker in workers)
        if is_ending or not serving or fill is None or fill.share < self.share or own < OWN_SHARE * fill.used:
            self.forget()
            return None
        self._full += 1
        if self._full < TIMES:
            return None
        self.forget()
        return max(serving, key=lambda worker: worker.rss)

    def forget(self) -> None:
        self._full = 0
