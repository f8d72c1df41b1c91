"""What is ordinary on this host."""

import getpass
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from board.proof import baseline
from safeguards.models import Baseline
from safeguards.rollout import baselines

LEAST_SECONDS, MOST_SECONDS = 2, 600


class Command(BaseCommand):
    help = "Measure how a server is on this host while nothing is wrong, or show what was measured last."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["record", "show"])
        parser.add_argument("--seconds", type=float, default=20, help="for each of the three parts")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "record":
            seconds = options["seconds"]
            if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
                raise CommandError(f"Say between {LEAST_SECONDS} and {MOST_SECONDS} seconds.")
            self._tell(baselines.keep(baseline.measure(seconds), by=getpass.getuser()))
            return
        known = baselines.fresh()
        if known is None:
            raise CommandError(
                "There is no baseline of this class of host younger than seven days. Record one."
            )
        self._tell(known)

    def _tell(self, known: Baseline) -> None:
        said = {"at": known.at.isoformat(), "host": known.host_class, "commit": known.commit}
        self.stdout.write(json.dumps(said | {"figures": known.figures}))
