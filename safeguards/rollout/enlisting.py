"""Synthetic people are given what is in their stage; the audit trail says so."""

from contextlib import suppress
from typing import Any

from safeguards.models import StageRun, Tester
from safeguards.rollout.changing import changing
from safeguards.rollout.verdicts import running
from safeguards.stages import Stage

ACTOR = "auto:rehearsal"


class _Over(Exception):
    """The stage ended meanwhile: nothing to change, and nothing to write down."""


def enlist(runs: list[StageRun], people: list[Any]) -> None:
    """Asking twice is harmless: who is there already, or comes when the stage is over, changes nothing."""
    for run in runs:
        there = Tester.objects.filter(flag=run.flag, user__in=people).count()
        if there < len(people):
            with suppress(_Over):
                _enlist(run, people)


def _enlist(run: StageRun, people: list[Any]) -> None:
    with changing(run.flag.name, "enlist", ACTOR, "") as flag:
        stay = running(flag)
        if stay is None or stay.pk != run.pk or stay.stage != Stage.SYNTHETIC:
            raise _Over
        flag.users.add(*people)
        for person in people:
            Tester.objects.get_or_create(flag=flag, user=person, defaults={"added_by": ACTOR})
