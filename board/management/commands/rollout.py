"""Who has a feature, from the shell."""

import getpass
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from safeguards import rollout
from safeguards.models import Flag
from safeguards.rollout import by_hand, refusing

DIRECTLY = "from the shell"


class Command(BaseCommand):
    help = "Give a feature to one person or everyone, one stage further or back, take it away, or say who has it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "action", choices=["everyone", "off", "add", "remove", "promote", "rollback", "status"]
        )
        parser.add_argument("flag")
        parser.add_argument("username", nargs="?", default="")
        parser.add_argument("--reason", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        feature, username, reason = options["flag"], options["username"], options["reason"]
        if not Flag.objects.filter(name=feature).exists():
            known = ", ".join(Flag.objects.order_by("name").values_list("name", flat=True))
            raise CommandError(f"There is no flag {feature!r}. There are: {known}.")
        if options["action"] in {"add", "remove"} and not username:
            raise CommandError("Say who: rollout add FLAG USERNAME.")
        try:
            with rollout.asking(feature, options["action"], actor=getpass.getuser()):
                self._act(options["action"], feature, username, reason)
        except rollout.UnknownPerson as error:
            raise CommandError(refusing.words(error)) from error
        except rollout.ReasonMissing as error:
            raise CommandError("Say why: --reason TEXT. Nothing was changed.") from error
        except rollout.NotReady as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        flag = Flag.objects.get(name=feature)
        self.stdout.write(
            json.dumps({"flag": feature, "says": rollout.sentence(flag), **rollout.status(flag)})
        )
        if options["action"] in {"off", "rollback"}:
            by_hand.finish()

    def _act(self, action: str, feature: str, username: str, reason: str) -> None:
        by = getpass.getuser()
        if action in {"add", "remove"}:
            act = getattr(rollout, action)
            act(feature, username, actor=by, reason=reason or DIRECTLY)
        elif action == "everyone":
            rollout.everyone(feature, actor=by, reason=reason or DIRECTLY)
        elif action == "off":
            by_hand.off(feature, actor=by, reason=reason or DIRECTLY)
        elif action == "promote":
            rollout.promote(feature, actor=by, reason=reason)
        elif action == "rollback":
            by_hand.rollback(feature, actor=by, reason=reason or DIRECTLY, username=username)
