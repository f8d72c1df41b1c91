"""One open stream: writes at once while the reader keeps up, through a bounded mailbox while it does not."""

import asyncio
import types
from collections import deque
from collections.abc import Callable, Generator
from typing import Any

from safeguards.kernel.mailbox import MailboxBound


class Mailbox:
    """`offer` never waits. A task exists only while the reader is slow. `overflowed` hears, once, that it had to be cut
    because more came than it holds."""

    def __init__(
        self, send: Any, loop: asyncio.AbstractEventLoop, overflowed: Callable[[], None] = lambda: None
    ) -> None:
        self._send, self._loop, self._overflowed = send, loop, overflowed
        self._waiting: deque[bytes] = deque()
        self._bound = MailboxBound()
        self._task: asyncio.Task[None] | None = None
        self.stuck_since: float | None = None
        self.ended = asyncio.Event()
        self.was_cut = False

    @property
    def depth(self) -> int:
        return len(self._waiting)

    @property
    def is_free(self) -> bool:
        """The reader has taken everything so far."""
        return self._task is None and not self.ended.is_set()

    def offer(self, chunk: bytes, frames: int = 1) -> None:
        if self.ended.is_set():
            return
        if self._task is not None:
            self._keep(chunk, frames)
            return
        sending = self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        try:
            stopped_at = sending.send(None)
        except StopIteration:
            return
        except Exception:
            self.ended.set()
            return
        self.stuck_since = self._loop.time()
        self._task = self._loop.create_task(self._drain(sending, stopped_at))

    def end(self) -> None:
        """No more frames; the stream closes once what waits has gone out, or at once when nothing does."""
        if self._task is None:
            self.ended.set()
        else:
            self._task.add_done_callback(lambda _task: self.ended.set())

    def cut(self) -> None:
        """Without ceremony: the reader resumes by its last id."""
        self._waiting.clear()
        self.was_cut = True
        if self._task is not None:
            self._task.cancel()
        self.ended.set()

    def _keep(self, chunk: bytes, frames: int) -> None:
        if self._bound.take(len(chunk)):
            self._waiting.append(chunk)
        else:
            self._overflowed()
            self.cut()

    async def _drain(self, sending: Any, stopped_at: Any) -> None:
        try:
            await _resumed(sending, stopped_at)
            while self._waiting:
                chunk = b"".join(self._waiting)
                self._waiting.clear()
                self._bound.clear()
                self.stuck_since = self._loop.time()
                await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        except Exception:
            self.ended.set()
        finally:
            self._task, self.stuck_since = None, None


@types.coroutine
def _resumed(sending: Any, stopped_at: Any) -> Generator[Any, Any, None]:
    """Go on with a coroutine that was started by hand, from the future it stopped at."""
    while True:
        try:
            try:
                value = yield stopped_at
            except BaseException as error:
                stopped_at = sending.throw(error)
            else:
                stopped_at = sending.send(value)
        except StopIteration:
            return
