"""Threads that go from request to request, each with its database connection: to begin both anew costs more processor
time than most answers, and the event loop waits for a thread to begin."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from asgiref.sync import ThreadSensitiveContext


class Threads:
    """As many as were ever needed at once. Of one event loop."""

    def __init__(self) -> None:
        self._free: list[ThreadPoolExecutor] = []

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """What runs inside has a thread of its own for whatever must not run on the loop."""
        thread = self._free.pop() if self._free else ThreadPoolExecutor(1, thread_name_prefix="request")
        try:
            async with ThreadSensitiveContext(executor=thread):
                yield
        except BaseException:
            thread.shutdown(wait=False)  # it may still be at work: nobody is to wait behind that
            raise
        self._free.append(thread)  # the last one first: the others' connections rest
