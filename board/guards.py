"""The safeguards of one process, started with its first breath."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from safeguards import breakers, flags, kill
from safeguards.resources.sampler import sampler

HELPERS = 2  # threads of the loop's own; the default grows with the number of cores
_started: list[asyncio.AbstractEventLoop] = []


def start(loop: asyncio.AbstractEventLoop) -> None:
    """Idempotent and cheap: called for every request; a sampler that has died begins anew."""
    if loop not in _started:
        _started[:] = [loop]
        loop.set_default_executor(ThreadPoolExecutor(HELPERS, thread_name_prefix="loop"))
        for act in (kill.refresh, flags.refresh, breakers.sample):
            sampler.subscribe(act)
        sampler.watch(loop)
    sampler.start()
