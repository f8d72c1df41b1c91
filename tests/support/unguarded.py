"""The same server with one safeguard taken out, for the drill named in UNGUARDED: it has to fail then."""

import os

from django.apps import AppConfig

from board.proof.faults import *  # noqa: F403
from board.proof.faults import INSTALLED_APPS, PARLEY
from safeguards.resources import gauges

WITHOUT = os.environ.get("UNGUARDED", "")
INSTALLED_APPS = [*INSTALLED_APPS, "tests.support.unguarded.Unguarded"]
if WITHOUT == "D1":
    LIMITS = "wide"
if WITHOUT in {"D7", "D9"}:
    LADDER = "observe"
PARLEY = PARLEY | {
    "D3": {"r_trip": 1e9, "reaction_burst": 100_000},
    "D5": {"feature_burst": 100_000},
    "D6": {"write_seconds": 3600},
    "D8": {"beat_stack_seconds": 3600},
}.get(WITHOUT, {})


class Unguarded(AppConfig):
    name = "tests.support"
    label = "unguarded"

    def ready(self) -> None:
        from collaboration import pump, stream, streams  # noqa: PLC0415 - there are models only now
        from safeguards import conf, leases, limits  # noqa: PLC0415
        from safeguards.kernel import hops, mailbox  # noqa: PLC0415
        from safeguards.resources import sampler  # noqa: PLC0415

        without = {
            "D2": [(hops, "MAX_HOPS", 1_000_000)],
            "D3": [(hops, "MAX_HOPS", 1_000_000)],
            "D4": [(streams, "_replace", lambda here, ticket: None)],
            "D5": [(pump.Pump, "refilled", read_each)],
            "D6": [(mailbox.MailboxBound, "take", lambda self, size: True), (stream, "WRITE_SECONDS", 3600)],
            "D8": [(sampler, "BLOCKED_SECONDS", 3600.0)],
            "D10": [(limits, "store", lambda: None)],
            "D14": [(streams, "join", chase)],
            "D12": [(leases, "is_fresh", lambda: True)],
        }
        for owner, name, value in without.get(WITHOUT, []):
            setattr(owner, name, value)
        if WITHOUT == "D4":
            conf.NUMBERS["streams_per_person"] = 1000


async def chase(stream, pump):
    """Every reader reads until there is nothing newer: while it reads, there always is."""
    last = int(stream.ticket.since.partition("-")[2] or pump.head)
    while last < pump.head:
        gauges.count("replay_reads")
        from collaboration import jobs, joining  # noqa: PLC0415

        found, _reason = await jobs.in_thread(
            joining.replay, stream.ticket.channel, stream.ticket.user, last, False
        )
        stream.write(found)
        last = found[-1].seq if found else pump.head
    stream.joined(last)


async def read_each(self, since, *, html):
    """Every reader reads the log for itself."""
    gauges.count("replay_reads")
    return self.kept(since, html=html)
