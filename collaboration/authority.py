"""Who may keep a stream: asked of functions that the rooms above register."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from safeguards.kernel.decision import YES, Decision

Keep = Callable[[Any], Decision]
Refused = Callable[[list[Any]], dict[Any, str]]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a ticket's person gets beyond the log: who is here, cursors; and whether others see them."""

    presence: bool = False
    cursors: bool = False
    shown: bool = False


NOTHING = Standing()
Stands = Callable[[Any], Standing]


class Authority:
    """`keep(ticket)` and `standing(ticket)`: each second, in memory.

    `refused(tickets)`: each 3 s, in a thread, ticket -> reason."""

    def __init__(self) -> None:
        self._keep: Keep = lambda ticket: YES
        self._refused: Refused = lambda tickets: {}
        self._standing: Stands = lambda ticket: NOTHING

    def register(self, keep: Keep, refused: Refused, standing: Stands | None = None) -> None:
        self._keep, self._refused = keep, refused
        self._standing = standing or self._standing

    def keep(self, ticket: Any) -> Decision:
        return self._keep(ticket)

    def refused(self, tickets: list[Any]) -> dict[Any, str]:
        return self._refused(tickets)

    def standing(self, ticket: Any) -> Standing:
        return self._standing(ticket)


authority = Authority()
