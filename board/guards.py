"""The safeguards of one process, started with its first breath."""

import asyncio

from safeguards import breakers, flags, kill
from safeguards.resources.sampler import sampler


def start(loop: asyncio.AbstractEventLoop) -> None:
    """Idempotent and cheap: called for every request, works once."""
    for act in (kill.refresh, flags.refresh, breakers.sample):
        sampler.subscribe(act)
    sampler.watch(loop)
    sampler.start()
