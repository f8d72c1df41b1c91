"""A new API token, printed once."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from board.models import ApiToken, User, token_hash


class Command(BaseCommand):
    help = "Print a new API token for a person. It is shown this once; only its hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="command line")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(username=options["username"], is_active=True).first()
        if person is None:
            raise CommandError(f"There is no active account named {options['username']!r}.")
        token = secrets.token_urlsafe(32)
        ApiToken.objects.create(user=person, name=options["name"][:120], token_hash=token_hash(token))
        self.stdout.write(token)
