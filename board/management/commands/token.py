"""A new API token, printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from board.models import User
from board.operations import Refused
from board.operations.tokens import DAYS, make_token


class Command(BaseCommand):
    help = "Print a new API token for a person. It is shown this once; only its hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="command line")
        parser.add_argument("--days", type=int, choices=DAYS, help="how long it works; without it for ever")
        parser.add_argument("--read-only", action="store_true")
        parser.add_argument("--board", default="", metavar="SLUG", help="the one board it opens")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(username=options["username"], is_active=True).first()
        if person is None:
            raise CommandError(f"There is no active account named {options['username']!r}.")
        limit = "read" if options["read_only"] else "write"
        try:
            token = make_token(person, options["name"][:120], limit, options["days"], options["board"])
        except Refused as refused:
            raise CommandError(refused.detail) from refused
        self.stdout.write(token)
