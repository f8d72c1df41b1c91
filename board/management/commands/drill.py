"""Attack Parley on purpose, and see whether it holds."""

import json
import signal
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from board.proof.drills import DRILLS, Drill, table
from safeguards import bags
from safeguards.bags import brought, refinding, replaying
from safeguards.incidents.shelf import DRILL
from safeguards.models import AuditEntry

TRUST = (
    "It is whole by its own sums, but nobody here says that they tell what happened. --trust replays it all the same: "
    "nothing in it is executed; it is checked, bounded in size, and only fed to the simulator."
)


class Command(BaseCommand):
    help = "Run runaway drills, each against a server of its own on loopback; one JSON line each."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "names", nargs="*", metavar="NAME", help="D1 or incident-replay; without any, all"
        )
        parser.add_argument("--list", action="store_true")
        parser.add_argument("--virtual", action="store_true", help="only what runs on a simulated clock")
        parser.add_argument(
            "--replay",
            metavar="BAG",
            help="the requests of an incident bag (its name, or a path to a folder or .zip), on a simulated clock",
        )
        parser.add_argument(
            "--trust", action="store_true", help="replay also a bag that this server did not make"
        )
        parser.add_argument(
            "--table", default="", metavar="FILE", help="write a Markdown table of the results"
        )
        parser.add_argument(
            "--build", default="board.proof.faults", help="settings of the server that is attacked"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            for drill in DRILLS.values():
                self.stdout.write(f"{drill.number:4} {drill.name:18} {(drill.__doc__ or '').strip()}")
            return
        if options["replay"] is not None:
            self.stdout.write(json.dumps(result := replayed(options["replay"], trust=options["trust"])))
            sys.exit(0 if result["contained"] else 1)
        names = chosen(options["names"])
        if options["virtual"]:
            names = [name for name in names if DRILLS[name].run_virtual is not Drill.run_virtual]
            if not names:
                raise CommandError("None of these runs on a simulated clock.", returncode=2)
        signal.signal(signal.SIGTERM, leave)
        results = [self.play(name, options["build"], virtual=options["virtual"]) for name in names]
        if options["table"]:
            Path(options["table"]).write_text(table.page(results))
        if not all(result["passed"] for result in results):
            sys.exit(1)

    def play(self, number: str, build: str, *, virtual: bool) -> dict[str, Any]:
        drill = DRILLS[number](build)
        result = drill.simulate() if virtual else drill.play()
        result |= {"evidence": keep(result)}
        self.stdout.write(json.dumps(result))
        self.stdout.flush()
        return result


def replayed(said: str, *, trust: bool) -> dict[str, Any]:
    """Would R, or the rule that took a feature, see the incident of this bag, and when?

    Raises CommandError for a bag that cannot be replayed."""
    try:
        with brought.opened(said, trust=trust) as bag:
            told = replaying.replay(bag)
    except bags.NoSuchBag as error:
        raise CommandError(
            f"There is no bag {said!r}: neither here (`bag list` prints the names), nor a folder or zip at that path.",
            returncode=2,
        ) from error
    except bags.Damaged as error:
        raise CommandError(f"This bag is not replayed: {error}", returncode=2) from error
    except bags.NotVouched as error:
        raise CommandError(f"This bag is not replayed: {error} {TRUST}", returncode=2) from error
    except refinding.NotReplayable as error:
        raise CommandError(f"This bag cannot be replayed: {error}", returncode=2) from error
    except replaying.Nothing as error:
        raise CommandError(
            "This bag holds no requests: no worker that it heard had served any in the ten seconds before.",
            returncode=2,
        ) from error
    return {"replay": said, "contained": told.contained, **asdict(told)}


def leave(number: int, _frame: FrameType | None) -> None:
    """Told to end: the server that is attacked ends too."""
    sys.exit(128 + number)


def chosen(names: list[str]) -> list[str]:
    """Raises CommandError for a name that is none."""
    by_name = {drill.name: number for number, drill in DRILLS.items()} | {number: number for number in DRILLS}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise CommandError(f"There is no drill {unknown[0]!r}. `drill --list` names them.", returncode=2)
    return [by_name[name] for name in names] or list(DRILLS)


def keep(result: dict[str, Any]) -> str:
    """The evidence of a drill: one audit row and one file, here where it was asked for; the file's name."""
    folder = settings.DATA_DIR / "incidents"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}{DRILL}{result['drill'].split()[0]}.json"
    (folder / name).write_text(json.dumps(result, indent=1))
    AuditEntry.objects.create(
        actor_kind="auto",
        actor="auto:drill",
        action="drill",
        subject=result["drill"],
        after={"passed": result["passed"], "contained_s": result["contained_s"]},
        reason=f"{result['runbook']}; evidence: {name}",
    )
    return name
