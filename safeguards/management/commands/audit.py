"""The audit trail from the shell."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from safeguards.audit import verify
from safeguards.incidents.words import plain
from safeguards.models import AuditEntry

LINES = 20


class Command(BaseCommand):
    help = "Say whether nobody has changed the audit trail, or list its last entries."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        checking = actions.add_parser(
            "verify", help="Check each hash; exit 1 and name the first broken entry."
        )
        checking.add_argument(
            "--since",
            default="",
            metavar="MARK",
            help="Also that it still has what an earlier verify ended with.",
        )
        listing = actions.add_parser("list", help="The last entries, newest first.")
        listing.add_argument("--subject", default="")
        listing.add_argument("--limit", type=int, default=LINES)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "verify":
            self._verify(options["since"])
        else:
            self._list(options["subject"], options["limit"])

    def _verify(self, since: str) -> None:
        try:
            verdict = verify(since)
        except ValueError as error:
            raise CommandError(
                "--since is a mark that an earlier `audit verify` ended with, as 5:0a1b….", returncode=2
            ) from error
        if verdict.broken:
            self.stderr.write(plain(verdict.broken, 500))
            sys.exit(1)
        self.stdout.write(f"The audit trail is whole: {verdict.entries} entries. Mark: {verdict.mark}")

    def _list(self, subject: str, limit: int) -> None:
        if limit < 1:
            raise CommandError("--limit is a whole number from 1 on.", returncode=2)
        rows = AuditEntry.objects.filter(subject=subject) if subject else AuditEntry.objects.all()
        for row in rows[:limit]:
            said = f"{row.pk} {row.at:%Y-%m-%dT%H:%M:%SZ} {row.actor} {row.action} {row.subject} {row.reason}"
            self.stdout.write(plain(said, 1000))
