"""Giving and taking a feature. This process follows at once, the others within two seconds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone

from safeguards.flag_rows import LEFT
from safeguards.models import Flag, StageRun, Tester
from safeguards.rollout import steps
from safeguards.rollout.changing import changing, status, whole
from safeguards.rollout.gates import ReasonMissing, may_add, may_grow, may_last, must_be_at
from safeguards.rollout.people import has_share
from safeguards.rollout.verdicts import running, stage_of
from safeguards.stages import Stage


class UnknownPerson(Exception):
    """There is no account with this name."""


@dataclass(frozen=True, slots=True)
class RolledBack:
    """`stage`: the one after it. `before`: the whole flag as it was; None where there was nothing to take."""

    stage: Stage
    before: dict[str, Any] | None

    @property
    def was(self) -> str:
        """The stage before it."""
        return str(self.before["stage"] if self.before else self.stage)


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
            defaults={
                "since": now,
                "consented_at": now if consented else _consent(flag, person),
                "added_by": actor,
            },
        )
        if not flag.everyone:
            steps.fit(flag, actor, guarded)


def _consent(flag: Flag, person: Any) -> datetime | None:
    """When somebody agreed who still tests; asked again by nobody, they are not unasked."""
    stays = Tester.objects.filter(flag=flag, user=person).exclude(added_by=LEFT)
    return stays.values_list("consented_at", flat=True).first()


def remove(feature: str, username: str, *, actor: str, reason: str = "") -> None:
    """One tester less. Raises UnknownPerson."""
    with changing(feature, "remove", actor, reason) as flag:
        steps.drop(flag, _person(username))


def leave(feature: str, person: Any) -> None:
    """A tester has had enough; nobody has to agree. Who is within a share stays out of it, also when it grows."""
    with changing(feature, "leave", person.get_username(), "") as flag:
        steps.drop(flag, person)


def everyone(feature: str, *, actor: str, reason: str) -> None:
    """Unguarded, for whoever has the shell. Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing
    with changing(feature, "everyone", actor, reason) as flag:
        steps.enter(flag, Stage.EVERYONE, actor, guarded=False)


def off(feature: str, *, actor: str, reason: str = "") -> RolledBack:
    """Off for everybody, testers included: adding one later brings back nobody else. The audit keeps the names."""
    with changing(feature, "off", actor, reason) as flag:
        before = whole(flag)
        steps.clear(flag, actor)
    return _rolled_back(flag, before)


def promote(feature: str, *, actor: str, reason: str, shown: str | None = None) -> Stage:
    """One stage up, never by itself. `shown`: the `place` it was at for who asks. Raises ReasonMissing and NotReady."""
    if not reason.strip():
        raise ReasonMissing
    with changing(feature, "promote", actor, reason) as flag:
        if shown is not None:
            must_be_at(flag, shown)
        next_stage = may_grow(flag)
        steps.enter(flag, next_stage, actor, guarded=True)
    return next_stage


def rollback(
    feature: str,
    *,
    actor: str,
    reason: str,
    username: str = "",
    evidence: dict[str, Any] | None = None,
    shown: str | None = None,
    since: datetime | None = None,
) -> RolledBack:
    """One tester loses it, or without a name it goes one stage back. `actor`: a person or auto:<rule>.

    `shown`: the `place` it was at for who asks.
    `since`: when a rule took it, before it is written here. Idempotent: who has it no more is rolled back no further.
    Raises UnknownPerson and NotReady."""
    try:
        with changing(feature, "rollback", actor, reason, evidence) as flag:
            before = whole(flag)
            if shown is not None:
                must_be_at(flag, shown)
            _go_back(flag, actor, reason, username, since)
    except _Ended:
        return RolledBack(stage_of(Flag.objects.get(name=feature)), None)
    return _rolled_back(flag, before)


def _rolled_back(flag: Flag, before: dict[str, Any]) -> RolledBack:
    return RolledBack(stage_of(flag), None if before | status(flag) == before else before)


def _go_back(flag: Flag, actor: str, reason: str, username: str, since: datetime | None) -> None:
    if not username:
        steps.step_back(flag, actor, reason)
        return
    _take_from(flag, _person(username), actor, f"{username}: {reason}"[:500], since)


def _take_from(flag: Flag, person: Any, actor: str, why: str, since: datetime | None) -> None:
    """Once, however many processes found it and however often somebody asks: who has it no more loses nothing again, nor
    does anybody else for it. What a person asked for is in the audit trail each time."""
    is_rule = actor.startswith("auto:")
    was_super = steps.close_to_superusers(flag, person)
    is_named, is_in_share = flag.users.filter(pk=person.pk).exists(), has_share(flag, person)
    if not (is_named or was_super or is_in_share):
        if is_rule:
            raise _Ended
        return
    if is_rule:
        StageRun.objects.filter(flag=flag, ended_at=None).update(violation=why)
    if flag.everyone or (is_in_share and not is_named):
        steps.drop(flag, person, since)
        steps.step_back(flag, actor, why, since)
    else:
        steps.take(flag, person, actor, why, since)


def end_stay(stay: StageRun, *, actor: str, reason: str, evidence: dict[str, Any]) -> RolledBack | None:
    """One stage back, unless somebody or another host has ended this stay meanwhile: then None."""
    try:
        with changing(stay.flag.name, "rollback", actor, reason, evidence) as flag:
            before, run = whole(flag), running(flag)
            if run is None or run.pk != stay.pk:
                raise _Ended
            steps.step_back(flag, actor, reason)
    except _Ended:
        return None
    return RolledBack(stage_of(flag), before)


def claim(feature: str, owner: Any) -> None:
    """Somebody answers for this flag from now on."""
    evidence: dict[str, Any] = {}
    with changing(feature, "claim", owner.get_username(), "", evidence) as flag:
        before = flag.owner.get_username() if flag.owner else None
        evidence["owner"] = [before, owner.get_username()]
        flag.owner = owner
        flag.save(update_fields=["owner"])


def expire(feature: str, at: datetime | None, *, actor: str, reason: str = "") -> None:
    """From then on it is off for everybody; None: it does not expire. Raises ReasonMissing and NotReady."""
    evidence: dict[str, Any] = {}
    with changing(feature, "expire", actor, reason, evidence) as flag:
        may_last(flag, at, reason=reason)
        evidence["expires_at"] = [moment and moment.isoformat() for moment in (flag.expires_at, at)]
        flag.expires_at = at
        flag.save(update_fields=["expires_at"])


def _person(username: str) -> Any:
    person = get_user_model().objects.filter(username=username).first()
    if person is None:
        raise UnknownPerson(username)
    return person
