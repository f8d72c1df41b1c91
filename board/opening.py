"""Who comes to open a board is looked up one at a time, with a rest after each.

However many come back at once, after a restart or when a network returns, they never fill the processor: a worker that
is busy with nothing else would be taken for one that spins, and be ended."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar
from weakref import WeakKeyDictionary

from collaboration.jobs import in_thread
from safeguards.gate import Gate, of_one, rest

T = TypeVar("T")
_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, Gate] = WeakKeyDictionary()  # each has its own


class TooMany(Exception):
    """So many wait already that this one would wait for too long."""


async def in_turn(key: str, job: Callable[..., T], *args: object) -> T:
    """What `job` returns, in the thread of the streams. `key`: whose turn it is. Raises TooMany."""
    loop = asyncio.get_running_loop()
    if loop not in _gates:
        _gates[loop] = Gate("inside_opens", "open_queue", "open_queue_seconds", of_one)
    gate = _gates[loop]
    if not await gate.enter(key):
        raise TooMany
    began = time.monotonic()
    try:
        return await in_thread(job, *args)
    finally:
        rest("open", partial(gate.leave, key), began)
