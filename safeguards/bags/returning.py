"""Giving people back what a bag holds of theirs; the rooms above register how."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from safeguards.bags import reading
from safeguards.models import AuditEntry
from safeguards.rollout.gates import ReasonMissing

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Returned:
    """In sentences that tell no text: what goes back, with what it overwrites, and what does not, with the reason."""

    given: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    people: dict[str, int] = field(default_factory=dict)  # whom it is given back to -> how many


# `give(rows, act=False)` only says what it would do. Both raise Damaged for rows that it cannot have written.
Give = Callable[..., Returned]
_givers: dict[str, Give] = {}


def register(name: str, give: Give) -> None:
    """From now on `data/<name>.jsonl` of a bag can be given back."""
    _givers[name] = give


def names() -> list[str]:
    return list(_givers)


def preview(bag: Path, name: str) -> Returned:
    """What `apply` would do; nothing is changed. Raises Damaged."""
    return _givers[name](_rows(bag, name), act=False)


def apply(bag: Path, name: str, *, actor: str, reason: str) -> Returned:
    """All of a part in one audited step. What was done. Raises Damaged and ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing
    rows = _rows(bag, name)
    with transaction.atomic():
        done = _givers[name](rows, act=True)
        if done.given:
            after = {"given": len(done.given), "left": len(done.left), "people": sorted(done.people)}
            action = f"{name}.restore"
            AuditEntry.objects.create(
                actor=actor, action=action, subject=bag.name, after=after, reason=reason.strip()
            )
    return done


def _rows(bag: Path, name: str) -> list[Row]:
    return reading.lines(bag, f"{name}.jsonl")
