"""The steps that a change of a flag is made of. Each is taken within `changing`, which holds the flag's row."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from safeguards import stages
from safeguards.flag_rows import LEFT
from safeguards.models import Flag, StageRun, Tester
from safeguards.rollout import baselines
from safeguards.rollout.people import give_synthetic, named
from safeguards.rollout.verdicts import running, stage_of
from safeguards.stages import Stage


def enter(
    flag: Flag, stage: Stage, actor: str, *, guarded: bool, violation: str = "", since: datetime | None = None
) -> None:
    """`since`: when the stay ended, where that was before it is written down."""
    now, is_less = timezone.now(), stages.LADDER.index(stage) < stages.LADDER.index(stage_of(flag))
    ended = {"ended_at": since or now, "ended_by": actor, "was_taken_back": is_less} | (
        {"violation": violation} if violation else {}
    )
    StageRun.objects.filter(flag=flag, ended_at=None).update(**ended)
    flag.stage = stage
    flag.share = stages.SHARES.get(stage, 0) if stage is not Stage.EVERYONE else 0
    flag.everyone = {Stage.OFF: False, Stage.EVERYONE: True}.get(stage)
    flag.save(update_fields=["stage", "share", "everyone"])
    give_synthetic(flag, stage)
    if stage is not Stage.OFF:
        StageRun.objects.create(flag=flag, stage=stage, guarded=guarded, baseline=baselines.fresh())


def fit(flag: Flag, actor: str, guarded: bool) -> None:
    """The smallest stage that holds the testers there are; never a smaller one than now.

    Whom nobody asked is no guarded test: what they do would pass for what those did who agreed."""
    stage, count = stage_of(flag), named(flag).count()
    if stage in stages.SHARES or (stages.capacity(stage) >= count and flag.everyone is None):
        if not guarded:
            StageRun.objects.filter(flag=flag, ended_at=None).update(guarded=False)
        return
    fitting = next((fit for fit, most in stages.TESTERS.items() if most >= count), Stage.EIGHT)
    enter(flag, fitting, actor, guarded=guarded)


def step_back(flag: Flag, actor: str, reason: str, since: datetime | None = None) -> None:
    stage, run = stages.before(stage_of(flag)), running(flag)
    guarded = stage is Stage.OFF or run is None or run.guarded
    enter(flag, stage, actor, guarded=guarded, violation=reason[:500], since=since)
    if stage is Stage.OFF:
        clear(flag, actor)
    if stage is Stage.OFF or stage in stages.SHARES:
        return
    # Who came last goes first, until the stage holds those who are left.
    kept = Tester.objects.filter(flag=flag).exclude(added_by=LEFT).order_by("since", "pk")
    stay = set(kept.values_list("user", flat=True)[: stages.capacity(stage)])
    for person in flag.users.filter(pk__in=set(named(flag).values_list("pk", flat=True)) - stay):
        drop(flag, person)


def clear(flag: Flag, actor: str) -> None:
    """Who had enough has still had it when it begins anew."""
    flag.users.clear()
    Tester.objects.filter(flag=flag).exclude(added_by=LEFT).delete()
    enter(flag, Stage.OFF, actor, guarded=True)


def take(flag: Flag, person: Any, actor: str, why: str, since: datetime | None = None) -> None:
    """From one tester; with the last of them, or of a few, it is off."""
    drop(flag, person, since)
    if stage_of(flag) not in stages.SHARES and not named(flag).exists():
        enter(flag, Stage.OFF, actor, guarded=True, violation=why, since=since)


def close_to_superusers(flag: Flag, person: Any) -> bool:
    """Whether this one had it as a superuser; then none has it so any more, for it cannot be taken from one alone."""
    had = bool(flag.superusers and flag.everyone is None and person.is_superuser)
    if had:
        flag.superusers = False
        flag.save(update_fields=["superusers"])
    return had


def drop(flag: Flag, person: Any, since: datetime | None = None) -> None:
    """They do without, also where a share of all people has it now or once the stage has grown, until they agree again."""
    flag.users.remove(person)
    rows, run = Tester.objects.filter(flag=flag, user=person), running(flag)
    # Who agreed did so in a guarded stage, whatever the shell has made of it since.
    is_out = rows.filter(Q(added_by=LEFT) | Q(consented_at__isnull=False)).exists()
    rows.delete()
    may_grow = flag.share or flag.everyone or (run is not None and run.guarded)
    if (is_out or may_grow) and not stages.is_synthetic(person.get_username()):
        Tester.objects.create(flag=flag, user=person, added_by=LEFT, since=since or timezone.now())
