"""How many requests are inside Django at once: each of them holds a thread and a database connection."""

import asyncio
from collections import deque
from typing import Any

from safeguards import conf

Turn = asyncio.Future[bool]  # what it ends with says whether its caller is inside
KEPT_BYTES = 4 * 1024 * 1024  # an answer up to this size leaves the gate before its reader has read it


class Gate:
    """`inside` at a time, a short queue in order of arrival, and a limit on waiting there.

    What people do goes before what programs send on their own. Those have a few places only, and when the queue is
    full the last of them makes room: a program cannot crowd people out."""

    def __init__(self, inside: str, queue: str, wait: str) -> None:
        """The names of its three limits."""
        self.name = inside
        self._limits = inside, queue, wait
        self._inside = self._programs_inside = 0
        self._people: deque[Turn] = deque()
        self._programs: deque[Turn] = deque()

    @property
    def waiting(self) -> int:
        return len(self._people) + len(self._programs)

    async def enter(self, *, by_program: bool = False) -> bool:
        """Whether the caller is inside now, and has to `leave` as what it came."""
        inside, queue, wait = self._limits
        ahead = self.waiting if by_program else len(self._people)
        if self._inside < conf.limit(inside) and not ahead and (self._has_room() or not by_program):
            self._inside += 1
            self._programs_inside += by_program
            return True
        if self.waiting >= conf.limit(queue) and (by_program or not self._send_one_away()):
            return False
        return await self._wait(self._programs if by_program else self._people, conf.number(wait))

    def leave(self, *, by_program: bool = False) -> None:
        """A place is handed to the first in the queue: nobody who comes later can take it."""
        self._inside -= 1
        self._programs_inside -= by_program
        if _call(self._people):
            self._inside += 1
        elif self._has_room() and _call(self._programs):
            self._inside += 1
            self._programs_inside += 1

    def _has_room(self) -> bool:
        return self._programs_inside < conf.limit("inside_programs")

    def _send_one_away(self) -> bool:
        """The program that came last, if one waits."""
        while self._programs:
            turn = self._programs.pop()
            if not turn.done():
                turn.set_result(False)
                return True
        return False

    async def _wait(self, queue: deque[Turn], seconds: float) -> bool:
        turn: Turn = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await asyncio.wait([turn], timeout=seconds)
        except asyncio.CancelledError:
            if turn.done() and turn.result():
                self.leave(by_program=queue is self._programs)
            turn.cancel()
            raise
        if not turn.done():
            queue.remove(turn)
            return False
        return turn.result()


def _call(queue: deque[Turn]) -> bool:
    """Whether somebody still waited there, and is inside now."""
    while queue:
        turn = queue.popleft()
        if not turn.done():
            turn.set_result(True)
            return True
    return False


class Kept:
    """An answer held until the gate is left, so that slow readers do not keep others out."""

    def __init__(self, send: Any) -> None:
        self._send, self._messages, self._bytes = send, list[Any](), 0

    async def send(self, message: Any) -> None:
        if self._bytes > KEPT_BYTES:
            await self._send(message)
            return
        self._messages.append(message)
        self._bytes += len(message.get("body", b""))
        if self._bytes > KEPT_BYTES:
            await self.release()

    async def release(self) -> None:
        messages, self._messages = self._messages, []
        for message in messages:
            await self._send(message)
