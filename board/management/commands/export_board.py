"""A board as a file, on standard output."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from board.models import Board
from board.operations import Refused
from board.portable.export import WAYS, export_board


class Command(BaseCommand):
    help = "Print a board: as JSON (its log, for import_board), as Markdown or as CSV."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--as", dest="way", choices=list(WAYS), default="json")

    def handle(self, *args: Any, **options: Any) -> None:
        board = Board.objects.filter(slug=options["slug"]).first()
        if board is None:
            raise CommandError(f"There is no board {options['slug']!r}. The slug is in its address.")
        try:
            for chunk in export_board(board, options["way"]).chunks:
                self.stdout.write(chunk, ending="")
        except Refused as refused:
            raise CommandError(refused.detail) from refused
