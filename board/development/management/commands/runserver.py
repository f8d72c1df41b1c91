"""`runserver` that is live too. daphne as an app would cost each process of the board its imports, also `serve`'s."""

from argparse import ArgumentParser

from daphne.management.commands.runserver import Command as AsgiCommand


class Command(AsgiCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(use_static_handler=False)  # ServeStatic serves them, as in production
