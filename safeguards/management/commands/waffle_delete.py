"""Flags are switched off with `rollout`, which is audited; none is deleted."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Flags are switched off with `rollout`, which is audited; none is deleted."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("anything", nargs="*")

    def run_from_argv(self, argv: list[str]) -> None:
        super().run_from_argv(argv[:2])  # whatever waffle's own options say

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError(
            "Use `manage.py rollout`: it says who gets a feature, asks why, and writes it into the audit trail. "
            "Nothing was changed."
        )
