"""Incident bags from the shell."""

import getpass
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError
from django.template.defaultfilters import filesizeformat

from safeguards import bags
from safeguards.bags import form, restoring, returning
from safeguards.bags.restoring import FLAGS
from safeguards.models import Incident
from safeguards.rollout import ReasonMissing

NOW = "now"  # the same as seal
NAMED = ("verify", "pin", "unpin", "restore", "show")
ACTIONS = ("seal", "list", "prune", *NAMED)


class Command(BaseCommand):
    help = "Seal what an incident leaves behind into a bag; list, check, keep, remove and use such bags."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "action",
            help=f"one of {', '.join(ACTIONS)}; or an incident's id: its bags, or one that is sealed now if it has none",
        )
        parser.add_argument("bag", nargs="?", default="", help="its name, as `bag list` prints it")
        parser.add_argument("--trigger", default="by-hand", help="what the bag is about, in a word")
        parser.add_argument("--feature", default="")
        parser.add_argument("--reason", default="")
        parser.add_argument(
            "--preview", action="store_true", help="restore: only say what differs; the default"
        )
        parser.add_argument(
            "--apply", action="store_true", help="restore: put flags and stages back, and give drafts back"
        )
        parser.add_argument(
            "--only", choices=[FLAGS, *returning.names()], default="", help="restore: nothing else of the bag"
        )
        parser.add_argument(
            "--trust", action="store_true", help="restore one that the audit trail does not vouch for"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        action = "seal" if options["action"] == NOW else options["action"]
        if action in NAMED and not options["bag"]:
            raise CommandError(f"Say which bag: bag {action} NAME. `bag list` prints the names.")
        if options["apply"] and options["preview"]:
            raise CommandError("Choose one of --preview and --apply. Nothing was changed.")
        try:
            getattr(self, f"_{action}" if action in ACTIONS else "_of_incident")(options)
        except bags.NoSuchBag as error:
            raise CommandError(
                f"There is no bag {options['bag']!r} here. `bag list` prints the names."
            ) from error
        except bags.Damaged as error:
            raise CommandError(f"This bag is damaged: {error} Nothing was changed.") from error
        except bags.NotSealed as error:
            raise CommandError(str(error)) from error
        except (DatabaseError, InterfaceError) as error:
            raise CommandError(
                "The database does not answer. Bags themselves need none; the audit trail has no line of this."
            ) from error
        except OSError as error:
            raise CommandError(f"The folder of the bags cannot be used: {error.strerror}.") from error

    def _seal(self, options: dict[str, Any]) -> None:
        try:
            path = bags.seal(
                options["trigger"], options["feature"], by=getpass.getuser(), reason=options["reason"]
            )
        except ValueError as error:
            raise CommandError("--trigger needs a letter or a digit.") from error
        self.stdout.write(str(path))

    def _of_incident(self, options: dict[str, Any]) -> None:
        incident = _incident(options["action"])
        if incident is None:
            raise CommandError(
                f"{options['action']!r} is neither an incident nor one of {', '.join(ACTIONS)}. Nothing was done."
            )
        names = bags.bags_of(incident)
        if not names:
            sealed = bags.seal(
                incident.rule or options["trigger"],
                incident.feature,
                incident=incident,
                by=getpass.getuser(),
                reason=options["reason"],
            )
            names = [sealed.name]
        for name in names:
            self.stdout.write(str(bags.find(name)))

    def _list(self, options: dict[str, Any]) -> None:
        for bag in bags.every():
            pinned = "pinned" if bag.pinned else ""
            self.stdout.write(f"{bag.name}  {filesizeformat(bag.bytes)}  {pinned}".rstrip())

    def _verify(self, options: dict[str, Any]) -> None:
        try:
            bags.verify(options["bag"])
        except bags.NotVouched as error:
            raise CommandError(f"Every file is as its own manifest says. {error}") from error
        self.stdout.write("Whole and unchanged since it was sealed.")

    def _pin(self, options: dict[str, Any]) -> None:
        bags.pin(options["bag"], by=getpass.getuser())
        self.stdout.write("Pinned: it stays when others are pruned.")

    def _unpin(self, options: dict[str, Any]) -> None:
        bags.unpin(options["bag"], by=getpass.getuser())
        self.stdout.write("No longer pinned.")

    def _prune(self, options: dict[str, Any]) -> None:
        gone = bags.prune(by=getpass.getuser())
        for name in gone:
            self.stdout.write(f"Removed {name}")
        if not gone:
            self.stdout.write("There was nothing to remove.")

    def _show(self, options: dict[str, Any]) -> None:
        bag = bags.find(options["bag"])
        for label, value in form.info(bag).items():
            self.stdout.write(f"{label}: {value}")
        for file in sorted((bag / "data").iterdir()):
            self.stdout.write(f"  data/{file.name}  {filesizeformat(file.stat().st_size)}")

    def _restore(self, options: dict[str, Any]) -> None:
        bag = self._trusted(options)
        parts = [name for name in (FLAGS, *returning.names()) if options["only"] in {"", name}]
        for part in parts:
            # All of it is read before anything is done: a bag whose last part is damaged changes nothing.
            self._preview(bag, part, say=not options["apply"])
        if not options["apply"]:
            self.stdout.write("Nothing was changed. Add --apply and --reason TEXT to do it.")
            return
        try:
            for part in parts:
                self._apply(bag, part, {"actor": getpass.getuser(), "reason": options["reason"]})
        except ReasonMissing as error:
            raise CommandError("Say why: --reason TEXT. Nothing was changed.") from error

    def _preview(self, bag: Path, part: str, *, say: bool) -> None:
        if part == FLAGS:
            changes = restoring.preview(bag)
            if say:
                self._tell(changes, "would become")
        else:
            given = returning.preview(bag, part)
            if say:
                self._tell_given(part, given, "would be given back")

    def _apply(self, bag: Path, part: str, who: dict[str, str]) -> None:
        if part == FLAGS:
            self._tell(restoring.apply(bag, **who, guarded=False), "became")
        else:
            self._tell_given(part, returning.apply(bag, part, **who), "given back")

    def _trusted(self, options: dict[str, Any]) -> Path:
        try:
            return bags.verify(options["bag"])
        except bags.NotVouched as error:
            if options["trust"]:
                return bags.find(options["bag"])
            raise CommandError(f"{error} Nothing was changed. --trust uses it all the same.") from error

    def _tell(self, changes: list[restoring.Change], verb: str) -> None:
        if not changes:
            self.stdout.write("Flags and stages are as they were.")
        for change in changes:
            for field, (now, was) in change.fields.items():
                self.stdout.write(f"{change.feature}: {field} {_words(now)} {verb} {_words(was)}")
            for name in change.gone:
                self.stdout.write(f"{change.feature}: {name} has no account any more and is left out")
            for name in change.unwilling:
                self.stdout.write(
                    f"{change.feature}: {name} left the test since and is left out until they agree again"
                )

    def _tell_given(self, part: str, told: bags.Returned, verb: str) -> None:
        people = f" to {len(told.people)} people" if told.given else ""
        self.stdout.write(
            f"{part.capitalize()}: {len(told.given)} {verb}{people}, {len(told.left)} left out."
        )
        for sentence in (*told.given, *told.left):
            self.stdout.write(f"  {sentence}")


def _words(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else repr(value)


def _incident(said: str) -> Incident | None:
    """By its number or its uid."""
    if said.isascii() and said.isdigit() and len(said) < 10:
        return Incident.objects.filter(pk=int(said)).first()
    try:
        return Incident.objects.filter(uid=UUID(said)).first()
    except ValueError:
        return None
