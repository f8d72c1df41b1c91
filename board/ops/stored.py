"""What the operations page needs from the database: read every few seconds at most, and kept while it is away."""

import logging
import time
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.auth import get_user_model
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from safeguards import conf, game_days
from safeguards.models import AuditEntry, GameDay, Incident, StageRun
from safeguards.rollout import baselines, residents

logger = logging.getLogger(__name__)
FRESH_SECONDS = 5.0
HISTORY = 50
OPEN = 3  # incidents told at the top
NAMES = 1000  # remembered at most
DIGITS = 18  # of a number that every database can look for


@dataclass(frozen=True, slots=True)
class Stored:
    """`history`: at, rule, action, evidence. `bands`: figure -> low and high, of a fresh baseline. `judge`: None
    while nothing is tested, else whether it looked lately."""

    at: float = 0.0  # monotonic
    is_answered: bool = True
    history: tuple[dict[str, Any], ...] = ()
    bands: dict[str, tuple[float, float]] = field(default_factory=dict)
    judge: bool | None = None
    game_days: tuple[GameDay, ...] = ()
    open: tuple[Incident, ...] = ()  # that nobody has acknowledged, newest first
    residents: tuple[str, str] | None = None  # tone and words; None while they live beside nothing


_last = [Stored()]
_names: dict[str, str] = {}
_wanted: set[str] = set()


def last() -> Stored:
    return _last[0]


def is_old() -> bool:
    return time.monotonic() - _last[0].at > FRESH_SECONDS or not _last[0].at


def read() -> Stored:
    """Ask now, in a thread that may wait. While the database is away the last answer stands. Never raises."""
    try:
        _learn_names()
        days = tuple(game_days.recent())
        opened = tuple(Incident.objects.filter(status=Incident.Status.OPEN)[:OPEN])
        found = Stored(time.monotonic(), True, _history(), _bands(), _judge(), days, opened, _residents())
    except (DatabaseError, InterfaceError):
        before = _last[0]
        found = replace(before, at=time.monotonic(), is_answered=False)
        logger.warning("The database did not answer the operations page.")
    _last[0] = found
    return found


def name_of(person: str) -> str:
    """The user name of `user:ID` once it is known; any other key as it is."""
    if person.startswith("user:") and person not in _names and len(_wanted) < NAMES:
        _wanted.add(person)
    return _names.get(person, person)


def forget() -> None:
    """Nothing is known; for tests."""
    _last[0] = Stored()
    _names.clear()
    _wanted.clear()


def _learn_names() -> None:
    wanted = set(_wanted)
    if not wanted:
        return
    if len(_names) > NAMES:
        _names.clear()
    numbers = [person.partition(":")[2] for person in wanted]
    pks = [int(number) for number in numbers if number.isdecimal() and len(number) <= DIGITS]
    for user in get_user_model().objects.filter(pk__in=pks):
        _names[f"user:{user.pk}"] = user.get_username()
    _wanted.difference_update(wanted)


def _history() -> tuple[dict[str, Any], ...]:
    rows = AuditEntry.objects.filter(actor_kind="auto").only("at", "action", "actor", "subject", "reason")
    return tuple(
        {
            "at": row.at,
            "rule": row.action.removeprefix("auto.").removeprefix("again."),
            "subject": row.subject,
            "reason": row.reason,
        }
        for row in rows[:HISTORY]
    )


def _bands() -> dict[str, tuple[float, float]]:
    baseline = baselines.fresh()
    figures = baseline.figures if baseline is not None and isinstance(baseline.figures, dict) else {}
    made = {}
    for name, band in figures.items():
        try:
            made[name] = (float(band["low"]), float(band["high"]))
        except (KeyError, TypeError, ValueError):
            continue
    return made


def _judge() -> bool | None:
    runs = list(StageRun.objects.filter(ended_at=None).exclude(flag__stage__in=("", "off", "everyone")))
    if not runs:
        return None
    oldest = min((run.judged_at for run in runs if run.judged_at is not None), default=None)
    silent = conf.number("judge_silent_seconds")
    return oldest is not None and (timezone.now() - oldest).total_seconds() < silent


def _residents() -> tuple[str, str] | None:
    """Of all stages what is worst."""
    said = []
    for run in residents.watched():
        word, words = residents.light(run)
        waits = "idle" if residents.is_young(run) else "bad"
        tone = {"PASS": "good", "FAIL": "bad"}.get(word, waits)
        said.append((("good", "idle", "bad").index(tone), tone, f"{run.flag.name}: {words}"))
    return max(said)[1:] if said else None
