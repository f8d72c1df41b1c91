"""Commands of waffle's that would change flags unaudited, and unseen by whoever guards a stage."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class UseRollout(BaseCommand):
    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("anything", nargs="*")

    def run_from_argv(self, argv: list[str]) -> None:
        super().run_from_argv(argv[:2])  # whatever waffle's own options say

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError(
            "Use `manage.py rollout`: it says who gets a feature, asks why, and writes it into the audit trail. "
            "Nothing was changed."
        )
