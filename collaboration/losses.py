"""How many streams came back within the last minute: what a network or a proxy does to everybody."""

from collections import Counter, deque
from collections.abc import Callable

WINDOW_SECONDS = 60
OF_ONE = 2  # more losses of one browser in a minute say nothing of the others
MOST = 10_000  # remembered


class Losses:
    """`now` in seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self._seen: deque[tuple[float, str]] = deque()
        self._of = Counter[str]()

    def add(self, browser: str) -> None:
        if self.count() < MOST and self._of[browser] < OF_ONE:
            self._seen.append((self.now(), browser))
            self._of[browser] += 1

    def people(self) -> list[str]:
        """Whoever each of them is of; `add` said it before the first bar."""
        self.count()
        return [browser.partition("|")[0] for _at, browser in self._seen]

    def count(self) -> int:
        while self._seen and self.now() - self._seen[0][0] > WINDOW_SECONDS:
            _at, browser = self._seen.popleft()
            self._of[browser] -= 1
            if not self._of[browser]:
                del self._of[browser]
        return len(self._seen)
