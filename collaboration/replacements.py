"""How often one browser opens another stream of a board while it still has one: tabs share theirs, so its page is broken."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

WINDOW_SECONDS = 10
SPARE = 3  # a tab that takes over, or a page that is loaded again, before the end of the old stream was heard


class Place(NamedTuple):
    """Where there is one stream at most."""

    person: str
    browser: str
    channel: str


class Replacements:
    """`now` in seconds. Streams are let in slowly, so what is remembered stays small."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self._seen: deque[tuple[float, Place]] = deque()

    def add(self, place: Place, pages: int) -> int:
        """A live stream was replaced by one that follows none that was lost; how many were so within ten seconds, when
        they are too many, else 0. `pages`: how many this browser has loaded meanwhile, of which each brings one."""
        now = self.now()
        while self._seen and now - self._seen[0][0] > WINDOW_SECONDS:
            self._seen.popleft()
        self._seen.append((now, place))
        count = sum(one == place for _at, one in self._seen)
        return count if count > SPARE + pages else 0
