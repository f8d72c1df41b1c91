"""Measure the wire on this machine."""

import asyncio
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from board.proof import cursors
from board.proof.loadtest import measure

CURSOR_RATE = 10.0  # pulses a second, as often as a page sends at most


class Command(BaseCommand):
    help = (
        "Start a server of its own, open N streams on one board, write R times a second; print one JSON line."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--streams", type=int, default=30)
        parser.add_argument("--rate", type=float, default=5.0)
        parser.add_argument("--seconds", type=float, default=20.0)
        parser.add_argument(
            "--html", action="store_true", help="with the rendered fragments, as the page reads"
        )

        parser.add_argument(
            "--cursors", type=int, default=0, help="instead: this many people who move the cursor at once"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if people := options["cursors"]:
            figures = cursors.measure(people, CURSOR_RATE, options["seconds"])
        else:
            figures = measure(options["streams"], options["rate"], options["seconds"], options["html"])
        self.stdout.write(json.dumps(asyncio.run(figures)))
