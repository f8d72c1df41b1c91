"""The kill switch from the shell."""

import getpass
import json
import sys
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
        untold: list[str] = []
        if options["action"] != "status":
            act = kill.on if options["action"] == "on" else kill.off
            untold = act(options["reason"] or "by hand", getpass.getuser())
        state = kill.status() | {"untold": untold}
        self.stdout.write(json.dumps(state))
        for name in untold:
            self.stderr.write(f"This could not be told to the {name}; the other sources decide.")
        if options["action"] != "status" and state["killed"] != (options["action"] == "on"):
            sys.exit(1)
