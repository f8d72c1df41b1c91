"""Connections of held keys, open and unread, without a task: closed at once, they would be back at once."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import cache

from safeguards import conf
from safeguards.resources.container import most_descriptors

# Of all processes together, each of which takes its part:
CLOSES = 20  # a second and key
SURPLUS_CLOSES = 8  # a second, of all keys; with both and twenty answers a second this stays below fifty
SURPLUS = ""  # the key of what is more than its own key may keep
SHARE = 4  # each of the two kinds takes at most this part of the descriptors: the others are for people
Close = Callable[[], None]


class Parking:
    """Each key's connections are closed in order of arrival, never faster than it may come back.

    One key takes half of the places at most. What is more waits with the surplus of all keys, which has as many
    places again."""

    def __init__(self) -> None:
        self._keys: dict[str, deque[tuple[float, Close]]] = {}
        self._parked = 0

    def park(self, key: str, close: Close) -> bool:
        """Whether there was a place for it."""
        if not self._is_full(key):
            self._parked += 1
            self._queue(key, CLOSES, close)
        elif not self._is_full(SURPLUS):
            self._queue(SURPLUS, SURPLUS_CLOSES, close)
        else:
            return False
        return True

    def overflows(self, key: str) -> bool:
        """Whether this key has all of its own places, and the surplus has no more."""
        return key in self._keys and self._is_full(SURPLUS) and self._is_full(key)

    def _is_full(self, key: str) -> bool:
        most = min(conf.limit("hold_connections"), most_descriptors() // SHARE)
        mine = len(self._keys.get(key, ()))
        return mine >= most if key == SURPLUS else self._parked >= most or mine >= most // 2

    def _queue(self, key: str, closes: int, close: Close) -> None:
        loop, mine = asyncio.get_running_loop(), self._keys.setdefault(key, deque())
        due = loop.time() + conf.number("hold_wait_seconds")
        apart = conf.limit("processes") / closes
        mine.append((max(due, mine[-1][0] + apart) if mine else due, close))
        if len(mine) == 1:
            loop.call_at(due, self._close_next, key)

    def _close_next(self, key: str) -> None:
        mine = self._keys[key]
        _due, close = mine.popleft()
        self._parked -= key != SURPLUS
        if mine:
            asyncio.get_running_loop().call_at(mine[0][0], self._close_next, key)
        else:
            del self._keys[key]
        close()


@cache
def parking() -> Parking:
    """That of this process: a key's requests and what is no request share it."""
    return Parking()
