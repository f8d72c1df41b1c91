"""The kill switch from the shell."""

import getpass
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from safeguards import kill


class Command(BaseCommand):
    help = "Switch live collaboration off for everybody, or on again. Plain pages keep working."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["on", "off", "status"])
        parser.add_argument("--reason", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] != "status":
            act = kill.on if options["action"] == "on" else kill.off
            act(options["reason"] or "by hand", getpass.getuser())
        self.stdout.write(json.dumps(kill.status()))
