"""Demo people and a conversation in progress."""

from typing import Any

from django.core.management.base import BaseCommand

from board.demo import make


class Command(BaseCommand):
    help = "Make the demo people and their board; run again, it changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(make())
