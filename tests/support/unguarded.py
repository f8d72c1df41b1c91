"""The same server with one safeguard taken out, for the drill named in UNGUARDED: it has to fail then."""

import os

from django.apps import AppConfig

from board.proof.faults import *  # noqa: F403
from board.proof.faults import INSTALLED_APPS, PARLEY

WITHOUT = os.environ.get("UNGUARDED", "")
INSTALLED_APPS = [*INSTALLED_APPS, "tests.support.unguarded.Unguarded"]
if WITHOUT == "D1":
    LIMITS = "wide"
if WITHOUT in {"D7", "D9"}:
    LADDER = "observe"
if WITHOUT == "D8":
    PARLEY = PARLEY | {"beat_stack_seconds": 3600}
if WITHOUT == "D6":
    PARLEY = PARLEY | {"write_seconds": 3600}


class Unguarded(AppConfig):
    name = "tests.support"
    label = "unguarded"

    def ready(self) -> None:
        from collaboration import stream, streams  # noqa: PLC0415 - there are models only now
        from safeguards import admission, leases, limits  # noqa: PLC0415
        from safeguards.kernel import hops, mailbox  # noqa: PLC0415
        from safeguards.resources import sampler  # noqa: PLC0415

        if WITHOUT == "D2":
            hops.MAX_HOPS = 1_000_000
        elif WITHOUT == "D4":
            streams._replace = lambda here, ticket: None
            admission.conf.NUMBERS["streams_per_person"] = 1000
        elif WITHOUT == "D6":
            mailbox.MailboxBound.take = lambda self, size: True
            stream.WRITE_SECONDS = 3600
        elif WITHOUT == "D8":
            sampler.BLOCKED_SECONDS = 3600.0
        elif WITHOUT == "D10":
            limits.store = lambda: None
        elif WITHOUT == "D12":
            leases.is_fresh = lambda: True
