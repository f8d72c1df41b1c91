"""The safeguards of one process, started with its first breath."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from board.ops import workers
from safeguards import (
    bags,
    breakers,
    flags,
    groups,
    incidents,
    kill,
    leases,
    loud,
    openings,
    pressure,
    quarantine,
    recording,
)
from safeguards.causes import Peers, causes
from safeguards.kill_times import KillClock
from safeguards.resources import gauges
from safeguards.resources.database import database
from safeguards.resources.sampler import chores, sampler
from safeguards.rollout import contracts, observing, offs
from safeguards.worker import Place

logger = logging.getLogger(__name__)
HELPERS = 2  # threads of the loop's own; the default grows with the number of cores
FIRST_READING_SECONDS = (
    1.0  # the first request of a process without supervisor waits so long to know about the kill
)
# In this order: a bag takes in the incident that was opened before it.
LATER = (incidents.flush, quarantine.obey, bags.flush, loud.look)
_started: list[asyncio.AbstractEventLoop] = []


def start(loop: asyncio.AbstractEventLoop) -> None:
    """Idempotent and cheap: called for every request; a sampler that has died begins anew."""
    if loop not in _started:
        _started[:] = [loop]
        loop.set_default_executor(ThreadPoolExecutor(HELPERS, thread_name_prefix="loop"))
        if not kill.is_supervised:
            logger.warning("No supervisor watches this process; `manage.py serve` brings one.")
            kill.watch(FIRST_READING_SECONDS)
            watch_itself()
        leases.measured()
        for measuring in (pressure.sample, openings.look, contracts.sample, groups.sample, vouch):
            sampler.subscribe(measuring)
        chores.subscribe(contracts.flush)
        sampler.subscribe_between(pressure.look)
        chores.subscribe(read_flags)
        chores.subscribe_between(read_flags)  # switched off, a feature is gone from open streams within 1.2 s
        for waiting in (observing.flush, offs.flush, *LATER):
            chores.subscribe(waiting)
        sampler.watch(loop)
        sampler.lag.on_block = lambda stack: incidents.record("blocked-loop", {"stack": stack})
    sampler.start()
    chores.start()
    bags.witness.start()


def last_words() -> None:
    """What this process did by itself and has not yet written down; after what the chores have in hand."""
    chores.stop()
    for write in (contracts.flush, observing.flush, offs.flush, incidents.write):
        write()


def watch_itself() -> None:
    """What a supervisor would do for the operations page."""
    (Path(settings.DATA_DIR) / "run").mkdir(parents=True, exist_ok=True)
    chores.subscribe(recording.note_own)
    chores.subscribe(time_kill)


@cache
def kill_clock() -> KillClock:
    return KillClock(Path(settings.DATA_DIR) / "run")


def time_kill() -> None:
    kill_clock().look(kill.killed(), [gauges.snapshot()])


def vouch() -> None:
    """Who cannot see all of itself is blind: then live ends within five seconds."""
    if sampler.is_whole:
        leases.measured()


def read_flags() -> None:
    database.time(flags.follow)


def told() -> dict[str, Any]:
    """What the heart tells besides the gauges."""
    return loud.told() | {"tested": observing.told(), "standing": workers.told()}


def obey(place: Place, leave: Callable[[str], None]) -> None:
    """From now on the supervisor's word counts here: the lease, the kill switch, and when to go. `leave` gets why."""
    kill.is_supervised = True

    def hear(said: dict[str, Any]) -> None:
        if "drain" in said:
            leave(said["drain"])
        else:
            leases.granted(said.get("known_at"), said.get("killed"))
            causes.peers = Peers(*said.get("peers", ()))
            gauges.report("peers_cores", said.get("peers_cores", 0.0))
            observing.hear(said.get("tested", {}))

    place.lifeline.listen(hear)
    if place.rest:
        breakers.trip("recycled", place.rest)
