"""A new board from an exported one, of any size."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.core.management.base import BaseCommand, CommandError

from board.models import User
from board.operations import Refused
from board.operations.imports import import_board
from board.portable.reading import read
from board.replay import Damaged


class Command(BaseCommand):
    help = "Make a new board from a file of export_board, and print its slug."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--owner", default="", metavar="USERNAME", help="without it, who made the first one"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            file = read(options["file"].read_bytes())
            owner = owner_of(options["owner"], file.creator)
            self.stdout.write(import_board(owner, uuid4(), file).object.slug)
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror}.") from error
        except (Damaged, Refused) as error:
            raise CommandError(str(error)) from error


def owner_of(username: str, creator: UUID | None) -> User:
    """Who is named, else who made the board, else an admin: somebody who can open it."""
    people = User.objects.filter(is_active=True)
    if username:
        found = people.filter(username=username).first()
    else:
        admins = people.filter(is_superuser=True).order_by("pk")
        found = (people.filter(uid=creator).first() if creator else None) or admins.first()
    if found is None:
        raise CommandError("Say who will own it: --owner USERNAME, an active account here.")
    return found
