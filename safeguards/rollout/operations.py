"""Giving and taking a feature. This process follows at once, the others within two seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from safeguards import flags, stages
from safeguards.models import AuditEntry, Flag, StageRun, Tester
from safeguards.rollout import baselines
from safeguards.rollout.gates import ReasonMissing, may_add, may_grow
from safeguards.rollout.people import give_synthetic, named
from safeguards.rollout.verdicts import running, stage_of
from safeguards.stages import Stage


class UnknownPerson(Exception):
    """There is no account with this name."""


class _Ended(Exception):
    """Nothing to change, and nothing to write down."""


def add(
    feature: str,
    username: str,
    *,
    actor: str,
    reason: str = "",
    consented: bool = False,
    guarded: bool = False,
) -> None:
    """One more tester. `guarded`: by the rules of the flag page. Raises UnknownPerson, ReasonMissing, NotReady."""
    with changing(feature, "add", actor, reason) as flag:
        person = _person(username)
        if guarded:
            may_add(flag, person, consented=consented, reason=reason)
        flag.users.add(person)
        now = timezone.now()
        Tester.objects.update_or_create(
            flag=flag,
            user=person,
            defaults={"since": now, "consented_at": now if consented else None, "added_by": actor},
        )
        if not flag.everyone:
            _fit(flag, actor, guarded)


def remove(feature: str, username: str, *, actor: str, reason: str = "") -> None:
    """One tester less. Raises UnknownPerson."""
    with changing(feature, "remove", actor, reason) as flag:
        _drop(flag, _person(username))


def leave(feature: str, person: Any) -> None:
    """A tester has had enough; nobody has to agree. Who is within a share stays out of it, also when it grows."""
    with changing(feature, "leave", person.get_username(), "") as flag:
        _drop(flag, person)


def everyone(feature: str, *, actor: str, reason: str) -> None:
    """Unguarded, for whoever has the shell. Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing
    with changing(feature, "everyone", actor, reason) as flag:
        _enter(flag, Stage.EVERYONE, actor, guarded=False)


def off(feature: str, *, actor: str, reason: str = "") -> None:
    """Off for everybody, testers included: adding one later brings back nobody else. The audit keeps the names."""
    with changing(feature, "off", actor, reason) as flag:
        _clear(flag, actor)


def promote(feature: str, *, actor: str, reason: str) -> Stage:
    """One stage up, never by itself. Raises ReasonMissing and NotReady."""
    if not reason.strip():
        raise ReasonMissing
    with changing(feature, "promote", actor, reason) as flag:
        next_stage = may_grow(flag)
        _enter(flag, next_stage, actor, guarded=True)
    return next_stage


def rollback(
    feature: str, *, actor: str, reason: str, username: str = "", evidence: dict[str, Any] | None = None
) -> Stage:
    """One tester loses it, or without a name it goes one stage back. `actor`: a person or auto:<rule>.

    Idempotent: who has it no more is rolled back no further. Raises UnknownPerson."""
    try:
        return _roll_back(feature, actor, reason, username, evidence)
    except _Ended:
        return stage_of(Flag.objects.get(name=feature))


def _roll_back(
    feature: str, actor: str, reason: str, username: str, evidence: dict[str, Any] | None
) -> Stage:
    with changing(feature, "rollback", actor, reason, evidence) as flag:
        stage = stage_of(flag)
        run = running(flag)
        person = _person(username) if username else None
        if person is not None and flag.users.filter(pk=person.pk).exists():
            _drop(flag, person)
            if run is not None and actor.startswith("auto:"):
                run.violation = f"{username}: {reason}"[:500]
                run.save(update_fields=["violation"])
            if stage not in stages.SHARES and not _named(flag):
                _enter(flag, Stage.OFF, actor, guarded=True, violation=f"{username}: {reason}"[:500])
        elif stage in stages.SHARES or person is None:
            _step_back(flag, actor, reason)
        elif actor.startswith("auto:"):
            raise _Ended  # another process found the same
    return stage_of(flag)


def end_stay(stay: StageRun, *, actor: str, reason: str, evidence: dict[str, Any]) -> Stage | None:
    """One stage back, unless somebody or another host has ended this stay meanwhile: then None."""
    try:
        with changing(stay.flag.name, "rollback", actor, reason, evidence) as flag:
            run = running(flag)
            if run is None or run.pk != stay.pk:
                raise _Ended
            _step_back(flag, actor, reason)
    except _Ended:
        return None
    return stage_of(flag)


def refused(feature: str, action: str, *, actor: str, why: str) -> None:
    """What the rules did not allow is in the audit trail, too."""
    known = {"action": action[:40]}
    AuditEntry.objects.create(
        actor=actor, action="rollout.refused", subject=feature, before=known, after=known, reason=why
    )


def status(flag: Flag) -> dict[str, Any]:
    """Who has it, as the audit trail and the shell say it."""
    names = list(flag.users.order_by("username").values_list("username", flat=True))
    return {"everyone": flag.everyone, "stage": str(stage_of(flag)), "share": flag.share, "testers": names}


@contextmanager
def changing(
    feature: str, action: str, actor: str, reason: str, evidence: dict[str, Any] | None = None
) -> Iterator[Flag]:
    """One audited change of one flag in one transaction."""
    with transaction.atomic():
        flag, _created = Flag.objects.select_for_update().get_or_create(name=feature)
        before = status(flag)
        yield flag
        AuditEntry.objects.create(
            actor_kind="auto" if actor.startswith("auto:") else "user",
            actor=actor,
            action=f"rollout.{action}",
            subject=feature,
            before=before,
            after=status(flag) | ({"evidence": evidence} if evidence else {}),
            reason=reason,
        )
        transaction.on_commit(flags.refresh, robust=True)


def _fit(flag: Flag, actor: str, guarded: bool) -> None:
    """The smallest stage that holds the testers there are; never a smaller one than now."""
    stage, count = stage_of(flag), len(_named(flag))
    if stage in stages.SHARES or (stages.capacity(stage) >= count and flag.everyone is None):
        return
    fitting = next((fit for fit, most in stages.TESTERS.items() if most >= count), Stage.EIGHT)
    _enter(flag, fitting, actor, guarded=guarded)


def _enter(flag: Flag, stage: Stage, actor: str, *, guarded: bool, violation: str = "") -> None:
    now = timezone.now()
    ended = {"ended_at": now, "ended_by": actor} | ({"violation": violation} if violation else {})
    StageRun.objects.filter(flag=flag, ended_at=None).update(**ended)
    flag.stage = stage
    flag.share = stages.SHARES.get(stage, 0) if stage is not Stage.EVERYONE else 0
    flag.everyone = {Stage.OFF: False, Stage.EVERYONE: True}.get(stage)
    flag.save(update_fields=["stage", "share", "everyone"])
    give_synthetic(flag, stage)
    if stage is not Stage.OFF:
        StageRun.objects.create(flag=flag, stage=stage, guarded=guarded, baseline=baselines.fresh())


def _step_back(flag: Flag, actor: str, reason: str) -> None:
    stage, run = stages.before(stage_of(flag)), running(flag)
    guarded = stage is Stage.OFF or run is None or run.guarded
    _enter(flag, stage, actor, guarded=guarded, violation=reason[:500])
    if stage is Stage.OFF:
        _clear(flag, actor)
    if stage is Stage.OFF or stage in stages.SHARES:
        return
    # Who came last goes first, until the stage holds those who are left.
    kept = Tester.objects.filter(flag=flag).exclude(added_by=flags.LEFT).order_by("since", "pk")
    stay = set(kept.values_list("user", flat=True)[: stages.capacity(stage)])
    for person in flag.users.filter(pk__in=set(_named(flag)) - stay):
        _drop(flag, person)


def claim(feature: str, owner: Any) -> None:
    """Somebody answers for this flag from now on."""
    with changing(feature, "claim", owner.get_username(), "") as flag:
        flag.owner = owner
        flag.save(update_fields=["owner"])


def _clear(flag: Flag, actor: str) -> None:
    flag.users.clear()
    Tester.objects.filter(flag=flag).delete()
    _enter(flag, Stage.OFF, actor, guarded=True)


def _drop(flag: Flag, person: Any) -> None:
    """They do without, also where a share of all people would have them."""
    flag.users.remove(person)
    Tester.objects.filter(flag=flag, user=person).delete()
    if flag.share:
        Tester.objects.create(flag=flag, user=person, added_by=flags.LEFT)


def _named(flag: Flag) -> list[int]:
    return list(named(flag).values_list("pk", flat=True))


def _person(username: str) -> Any:
    person = get_user_model().objects.filter(username=username).first()
    if person is None:
        raise UnknownPerson(username)
    return person
