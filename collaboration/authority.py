"""Who may keep a stream: asked of functions that the rooms above register."""

from collections.abc import Callable
from typing import Any

from safeguards.kernel.decision import YES, Decision

Keep = Callable[[Any], Decision]
Refused = Callable[[list[Any]], dict[Any, str]]


class Authority:
    """`keep(ticket)`: each second, in memory. `refused(tickets)`: each 3 s, in a thread, ticket -> reason."""

    def __init__(self) -> None:
        self._keep: Keep = lambda ticket: YES
        self._refused: Refused = lambda tickets: {}

    def register(self, keep: Keep, refused: Refused) -> None:
        self._keep, self._refused = keep, refused

    def keep(self, ticket: Any) -> Decision:
        return self._keep(ticket)

    def refused(self, tickets: list[Any]) -> dict[Any, str]:
        return self._refused(tickets)


authority = Authority()
