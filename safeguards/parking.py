"""Connections of held keys, open and unread, without a task: closed at once, they would be back at once."""

import asyncio
from collections import deque
from collections.abc import Callable

from safeguards import conf
from safeguards.resources.container import most_descriptors

CLOSES = 25  # a second and key; with twenty answers a second this stays below fifty
SHARE = 4  # at most this part of the descriptors: the others are for people
Close = Callable[[], None]


class Parking:
    """Each key's connections are closed in order of arrival, never faster than it may come back."""

    def __init__(self) -> None:
        self._keys: dict[str, deque[tuple[float, Close]]] = {}
        self._parked = 0

    def park(self, key: str, close: Close) -> bool:
        """Whether there was a place for it; one key takes half of them at most."""
        most = min(conf.limit("hold_connections"), most_descriptors() // SHARE)
        mine = self._keys.get(key, deque())
        if self._parked >= most or len(mine) >= most // 2:
            return False
        loop = asyncio.get_running_loop()
        due = loop.time() + conf.number("hold_wait_seconds")
        mine.append((max(due, mine[-1][0] + 1 / CLOSES) if mine else due, close))
        self._parked += 1
        if len(mine) == 1:
            self._keys[key] = mine
            loop.call_at(due, self._close_next, key)
        return True

    def _close_next(self, key: str) -> None:
        mine = self._keys[key]
        _due, close = mine.popleft()
        self._parked -= 1
        if mine:
            asyncio.get_running_loop().call_at(mine[0][0], self._close_next, key)
        else:
            del self._keys[key]
        close()
