"""Putting flags and stages back to what they were when a bag was sealed. What people wrote: see `returning`."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone

from safeguards.bags.form import Damaged
from safeguards.bags.reading import document
from safeguards.models import Flag, StageRun, Tester
from safeguards.rollout import baselines
from safeguards.rollout.changing import changing, status
from safeguards.rollout.gates import ReasonMissing
from safeguards.stages import Stage

FLAGS = "flags"  # what this part of a bag is called
FIELDS = ("everyone", "stage", "share", "testers")


@dataclass(frozen=True, slots=True)
class Change:
    """What differs of one feature: field -> (now, as it was). `gone`: people who have no account any more."""

    feature: str
    fields: dict[str, tuple[Any, Any]]
    gone: list[str]


def preview(bag: Path) -> list[Change]:
    """What `apply` would do; nothing is changed. A flag that the bag does not know stays as it is. Raises Damaged."""
    found = [_change(was) for was in _flags(bag)]
    return [change for change in found if change.fields or change.gone]


def apply(bag: Path, *, actor: str, reason: str) -> list[Change]:
    """Each flag in one audited step. What was done. Raises Damaged and ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing
    changes = preview(bag)
    was = {flag["name"]: flag for flag in _flags(bag)}
    for change in changes:
        if change.fields:
            with changing(change.feature, "restore", actor, reason, {"bag": bag.name}) as flag:
                _put_back(flag, was[change.feature], actor)
    return changes


def _flags(bag: Path) -> list[dict[str, Any]]:
    flags = document(bag, "flags.json").get("flags", [])
    if not isinstance(flags, list) or not all(map(_is_flag, flags)):
        raise Damaged("data/flags.json holds something else.")
    return flags


def _is_flag(was: Any) -> bool:
    if not isinstance(was, dict):
        return False
    everyone, stage, share, names = (was.get(field) for field in FIELDS)
    return (
        isinstance(was.get("name"), str)
        and (everyone is None or isinstance(everyone, bool))
        and (isinstance(stage, str) and stage in {"", *Stage})
        and (isinstance(share, int) and share in range(101))
        and isinstance(names, list)
        and all(isinstance(name, str) for name in names)
    )


def _change(was: dict[str, Any]) -> Change:
    flag = Flag.objects.filter(name=was["name"]).first()
    now = status(flag) if flag is not None else {"everyone": False, "stage": "", "share": 0, "testers": []}
    known = {person.get_username() for person in _people(was)}
    wanted = {**was, "testers": sorted(known)}
    fields = {field: (now[field], wanted[field]) for field in FIELDS if _value(now[field]) != wanted[field]}
    return Change(was["name"], fields, sorted(set(was["testers"]) - known))


def _value(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _people(was: dict[str, Any]) -> list[Any]:
    return list(get_user_model().objects.filter(username__in=was["testers"]))


def _put_back(flag: Flag, was: dict[str, Any], actor: str) -> None:
    now, people = timezone.now(), _people(was)
    moved = flag.stage != was["stage"]
    flag.everyone, flag.stage, flag.share = was["everyone"], was["stage"], was["share"]
    flag.save(update_fields=["everyone", "stage", "share"])
    flag.users.set(people)
    flag.testers.exclude(user__in=people).delete()
    said = {row.get("person"): row for row in was.get("consents", []) if isinstance(row, dict)}
    for person in people:
        row = said.get(person.get_username())
        if row is not None:
            more = {
                "consented_at": _time(row.get("consented_at")),
                "added_by": str(row.get("added_by", ""))[:150],
            }
            Tester.objects.get_or_create(flag=flag, user=person, defaults=more)
    if moved:
        StageRun.objects.filter(flag=flag, ended_at=None).update(ended_at=now, ended_by=actor)
        if flag.stage not in {"", Stage.OFF}:
            # Not by the rules of a guarded rollout: it is judged anew from here.
            StageRun.objects.create(
                flag=flag, stage=flag.stage, guarded=False, baseline=baselines.fresh(), began_at=now
            )


def _time(said: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(said) if said else None
    except (TypeError, ValueError):
        return None
