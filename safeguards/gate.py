"""How many requests are inside Django at once: each of them holds a thread and a database connection."""

import asyncio
from collections import deque
from typing import Any

from safeguards import conf

KEPT_BYTES = 4 * 1024 * 1024  # an answer up to this size leaves the gate before its reader has read it


class Gate:
    """`inside` at a time, a short queue in order of arrival, and a limit on waiting there."""

    def __init__(self, inside: str, queue: str, wait: str) -> None:
        """The names of its three limits."""
        self.name = inside
        self._limits = inside, queue, wait
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> bool:
        """Whether the caller is inside now, and has to `leave`."""
        inside, queue, wait = self._limits
        if self._inside < conf.limit(inside) and not self._waiting:
            self._inside += 1
            return True
        if len(self._waiting) >= conf.limit(queue):
            return False
        return await self._wait(conf.number(wait))

    def leave(self) -> None:
        """A place is handed to the first in the queue: nobody who comes later can take it."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._inside -= 1

    async def _wait(self, seconds: float) -> bool:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await asyncio.wait([turn], timeout=seconds)
        except asyncio.CancelledError:
            if turn.done():
                self.leave()
            turn.cancel()
            raise
        if not turn.done():
            self._waiting.remove(turn)
        return turn.done()


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
