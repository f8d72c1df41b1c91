"""The same server with one safeguard taken out, the one named in UNGUARDED: what it bounds has to break then."""

import os

from django.apps import AppConfig

from board.proof.faults import *  # noqa: F403 - all settings, but for those below
from board.proof.faults import INSTALLED_APPS, PARLEY

WITHOUT = os.environ["UNGUARDED"]
INSTALLED_APPS = [*INSTALLED_APPS, "tests.support.unguarded.Unguarded"]
if WITHOUT == "D1":
    LIMITS = "wide"
if WITHOUT in {"D7", "D9"}:
    LADDER = "observe"
PARLEY = PARLEY | {
    "D1-hold": {"hold_refusals": 1e9},
    "D3": {"r_warn": 1e9, "r_trip": 1e9, "reaction_burst": 100_000},
    "D5-budget": {"feature_burst": 100_000, "open_rest": 0},
    "D6": {"write_seconds": 3600},
    "D8": {"beat_stack_seconds": 3600},
}.get(WITHOUT, {})


class Unguarded(AppConfig):
    name = "tests.support"
    label = "unguarded"

    def ready(self) -> None:
        from collaboration import pump, stream, streams  # noqa: PLC0415 - models are there only now
        from safeguards import conf, flags, http, kill_sources, leases, limits, status  # noqa: PLC0415 - models are there only now
        from safeguards.bags import scrub  # noqa: PLC0415 - models are there only now
        from safeguards.kernel import hops, mailbox  # noqa: PLC0415 - models are there only now
        from safeguards.resources import sampler  # noqa: PLC0415 - models are there only now
        from safeguards.rollout import contracts, operations  # noqa: PLC0415 - models are there only now

        without = {
            "D1-rollback": [(contracts, "violated", lambda *violation: None)],
            "D2": [(hops, "MAX_HOPS", 1_000_000)],
            "D3": [(hops, "MAX_HOPS", 1_000_000)],
            "D4": [(streams, "replace", lambda here, place, opened_at, again: None)],
            "D5-replay": [(pump.Pump, "refilled", read_each)],
            "D6": [
                (mailbox.MailboxBound, "take", lambda self, size: True),
                (stream, "WRITE_SECONDS", 3600),
                (http, "UNANSWERED_MS", 3_600_000),  # it would cut them after twenty seconds
            ],
            "D8": [(sampler, "BLOCKED_SECONDS", 3600.0)],
            "D10": [(limits, "store", lambda: None)],
            "D11": [(kill_sources, "read_file", lambda: None), (leases, "is_fresh", lambda: True)],
            "D12-lease": [(leases, "is_fresh", lambda: not leases.is_blind())],
            "D12-disk": [(status, "write", pretend(status.write))],
            "D12-flag": [(flags, "_replace", lambda old, new: old.update(new))],
            "D12-blind": [(leases, "is_blind", lambda: False)],
            "D16": [(operations, "may_add", lambda *given, **said: None)],
            "D14": [(streams, "join", chase)],
            "D15": [
                (scrub.Scrubber, "text", lambda self, text, work=False: text),
                (scrub.Scrubber, "clean", lambda self, value, work=False: value),
            ],
        }
        for owner, name, value in without.get(WITHOUT, []):
            assert hasattr(owner, name), f"{name} is not there to be taken out"
            setattr(owner, name, value)
        if WITHOUT == "D4":
            conf.NUMBERS["streams_per_person"] = 1000


def pretend(write):
    """What cannot be written is said to have been."""
    return lambda folder, told: write(folder, told) or True


async def chase(stream, pump):
    """Every reader reads until there is nothing newer: while it reads, there always is."""
    last = int(stream.ticket.since.partition("-")[2] or pump.head)
    while last < pump.head:
        from collaboration import jobs, joining  # noqa: PLC0415 - models are there only now

        found, _reason = await jobs.in_thread(
            joining.replay, stream.ticket.channel, stream.ticket.user, last, False
        )
        stream.write(found)
        last = found[-1].seq if found else pump.head
    stream.joined(last)


async def read_each(self, since, *, html):
    """Every reader reads the log for itself."""
    return self.kept(since, html=html)
