"""Putting flags and stages back to what they were when a bag was sealed. What people wrote: see `returning`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone

from safeguards.bags.form import Damaged
from safeguards.bags.reading import document
from safeguards.flag_rows import LEFT
from safeguards.models import Flag, StageRun, Tester
from safeguards.rollout import baselines, people
from safeguards.rollout.changing import changing, status
from safeguards.rollout.gates import NotReady, ReasonMissing, must_be_armed
from safeguards.rollout.refusing import refused
from safeguards.rollout.verdicts import stage_of
from safeguards.stages import Stage

FLAGS = "flags"  # what this part of a bag is called
FIELDS = ("everyone", "stage", "share", "testers", "superusers", "expires_at")
NEWER = ("superusers", "expires_at")  # bags that were sealed before there were these say nothing of them
KEPT_OUT = "kept out"  # who had enough or lost it: no share takes them in


@dataclass(frozen=True, slots=True)
class Change:
    """What differs of one feature: field -> (now, as it was). `gone`: people who have no account any more; `unwilling`:
    testers who left since, and get it back only when they agree again."""

    feature: str
    fields: dict[str, tuple[Any, Any]]
    gone: list[str]
    unwilling: list[str]


def preview(bag: Path) -> list[Change]:
    """What `apply` would do; nothing is changed. A flag that the bag does not know stays as it is. Raises Damaged."""
    found = [_change(was) for was in _flags(bag)]
    return [change for change in found if change.fields or change.gone or change.unwilling]


def apply(bag: Path, *, actor: str, reason: str, guarded: bool = False) -> list[Change]:
    """Each flag in one audited step. What was done. Raises Damaged and ReasonMissing.

    `guarded`: by the rules of the flag page; raises NotReady, and nothing is changed."""
    if not reason.strip():
        raise ReasonMissing
    changes = preview(bag)
    was = {flag["name"]: flag for flag in _flags(bag)}
    if guarded:
        _may_arm([name for name in _changed(changes) if not _is_off(was[name])], actor)
    for change in changes:
        if change.fields:
            evidence = {"bag": bag.name, **_last_day(change)}
            with changing(change.feature, "restore", actor, reason, evidence) as flag:
                _put_back(flag, was[change.feature], actor)
    return changes


def _last_day(change: Change) -> dict[str, list[Any]]:
    """The audit trail says it only where it changes."""
    both = change.fields.get("expires_at", ())
    said = [value.isoformat() if isinstance(value, datetime) else value for value in both]
    return {"expires_at": said} if said else {}


def _changed(changes: list[Change]) -> list[str]:
    return [change.feature for change in changes if change.fields]


def _may_arm(features: list[str], actor: str) -> None:
    """Raises NotReady; the audit trail has it for each feature that somebody would have had."""
    try:
        if features:
            must_be_armed()
    except NotReady as error:
        for feature in features:
            refused(feature, "restore", actor=actor, why=str(error))
        raise


def _is_off(was: dict[str, Any]) -> bool:
    return was["everyone"] is False or (was["everyone"] is None and was["stage"] in {"", Stage.OFF})


def _flags(bag: Path) -> list[dict[str, Any]]:
    flags = document(bag, "flags.json").get("flags", [])
    if not isinstance(flags, list) or not all(map(_is_flag, flags)):
        raise Damaged("data/flags.json holds something else.")
    return flags


def _is_flag(was: Any) -> bool:
    if not isinstance(was, dict):
        return False
    everyone, stage, share, names = (was.get(field) for field in ("everyone", "stage", "share", "testers"))
    return (
        isinstance(was.get("name"), str)
        and (everyone is None or isinstance(everyone, bool))
        and (isinstance(stage, str) and stage in {"", *Stage})
        and (isinstance(share, int) and share in range(101))
        and isinstance(names, list)
        and all(isinstance(name, str) for name in names)
        and isinstance(was.get("guarded"), bool | None)
        and isinstance(was.get("consents", []), list)
        and isinstance(was.get("superusers", False), bool)
        and (was.get("expires_at") is None or _moment(was["expires_at"]) is not None)
    )


def _change(was: dict[str, Any]) -> Change:
    flag = Flag.objects.filter(name=was["name"]).first()
    now = status(flag) if flag is not None else {"everyone": False, "stage": "", "share": 0, "testers": []}
    newer = {field: getattr(flag or Flag(), field) for field in NEWER}
    out = _out(flag) if flag is not None else set()
    unwilling = _unwilling(was)
    known = _names(was["testers"]) - unwilling
    left = _names(_left(was, unwilling))
    now = now | newer | {KEPT_OUT: sorted(out)}
    wanted = {**newer, **_read(was), "testers": sorted(known), KEPT_OUT: sorted((out | left) - known)}
    differs = [field for field in (*FIELDS, KEPT_OUT) if _value(now[field]) != wanted[field]]
    fields = {field: (now[field], wanted[field]) for field in differs}
    gone = {*was["testers"], *_left(was, unwilling)} - known - left
    return Change(was["name"], fields, sorted(gone), sorted(unwilling))


def _read(was: dict[str, Any]) -> dict[str, Any]:
    """An older bag says nothing of what is not in it: then it stays as it is."""
    return was | ({"expires_at": _moment(was["expires_at"])} if "expires_at" in was else {})


def _value(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _people(names: Iterable[str]) -> list[Any]:
    return list(get_user_model().objects.filter(username__in=names))


def _names(names: Iterable[str]) -> set[str]:
    return {person.get_username() for person in _people(names)}


def _consents(was: dict[str, Any]) -> dict[str, dict[str, Any]]:
    rows = [row for row in was.get("consents", []) if isinstance(row, dict)]
    return {row["person"]: row for row in rows if isinstance(row.get("person"), str)}


def _left(was: dict[str, Any], unwilling: set[str]) -> list[str]:
    """Whom no share takes in: who had enough or lost it by then, and who has left since."""
    then = [name for name, row in _consents(was).items() if row.get("added_by") == LEFT]
    return [*then, *unwilling]


def _unwilling(was: dict[str, Any]) -> set[str]:
    return _names({*was["testers"]} & people.unwilling(was["name"]))


def _out(flag: Flag) -> set[str]:
    return set(flag.testers.filter(added_by=LEFT).values_list("user__username", flat=True))


def _put_back(flag: Flag, was: dict[str, Any], actor: str) -> None:
    unwilling, read = _unwilling(was), _read(was)
    given = _people({*was["testers"]} - unwilling)
    columns = [field for field in FIELDS if field in read and field != "testers"]
    for field in columns:
        setattr(flag, field, read[field])
    flag.save(update_fields=columns)
    flag.users.set(given)
    # Who has said no meanwhile stays out, unless the bag names them as testers who did not leave.
    flag.testers.filter(Q(user__in=given, added_by=LEFT) | ~Q(user__in=given) & ~Q(added_by=LEFT)).delete()
    said = _consents(was)
    for person in _people(_left(was, unwilling)):
        if person not in given:
            Tester.objects.get_or_create(flag=flag, user=person, defaults={"added_by": LEFT})
    for person in given:
        row = said.get(person.get_username())
        if row is not None and row.get("added_by") != LEFT:
            more = {
                "consented_at": _time(row.get("consented_at")),
                "added_by": str(row.get("added_by", ""))[:150],
            }
            Tester.objects.get_or_create(flag=flag, user=person, defaults=more)
    _begin_anew(flag, actor, guarded=bool(was.get("guarded")))


def _begin_anew(flag: Flag, actor: str, *, guarded: bool) -> None:
    """What was seen before does not count, not even of the same stage: it is judged from here."""
    now = timezone.now()
    StageRun.objects.filter(flag=flag, ended_at=None).update(ended_at=now, ended_by=actor)
    if (stage := stage_of(flag)) is not Stage.OFF:
        baseline = baselines.fresh()
        # The shell may do without one, and that is no guarded rollout.
        guarded = guarded and baseline is not None
        StageRun.objects.create(flag=flag, stage=stage, guarded=guarded, baseline=baseline, began_at=now)


def _moment(said: Any) -> datetime | None:
    """None for what is no moment that can be reckoned with."""
    at = _time(said)
    return at if at is not None and at.tzinfo is not None and at.year in range(1970, 9999) else None


def _time(said: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(said) if said else None
    except (TypeError, ValueError):
        return None
