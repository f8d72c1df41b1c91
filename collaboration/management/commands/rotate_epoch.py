"""After a restore: what pages and programs remember of the log no longer holds."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collaboration.models import Channel, new_epoch


class Command(BaseCommand):
    help = "Give every channel, or those named, a new epoch, so that each page starts from a snapshot."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("channel", nargs="*", help="for example board-<slug>; without one, all")

    def handle(self, *args: Any, **options: Any) -> None:
        names = options["channel"]
        channels = Channel.objects.filter(name__in=names) if names else Channel.objects.all()
        unknown = set(names) - set(channels.values_list("name", flat=True))
        if unknown:
            raise CommandError(f"There is no channel named {', '.join(sorted(unknown))}.")
        rotated = [
            channels.filter(pk=pk).update(epoch=new_epoch()) for pk in channels.values_list("pk", flat=True)
        ]
        self.stdout.write(f"{len(rotated)} channels have a new epoch; running workers follow within 2 s.")
