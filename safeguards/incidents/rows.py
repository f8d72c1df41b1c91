"""The row of an incident, with its line in the audit trail. A dead database owes it: it is made later from the file."""

import json
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils.dateparse import parse_datetime

from safeguards.incidents import words
from safeguards.incidents.shelf import RUNBOOKS, entries, folder, is_of_drill, read, stamp, turn
from safeguards.models import AuditEntry, Incident

logger = logging.getLogger(__name__)
LINES = 200  # of one incident: in its file, and in the trail
JOIN_SECONDS = 3600.0  # an incident that is not resolved takes what happens again for so long
OWED_SECONDS = 86_400.0  # what is older than a day is history
TICK_NS = 1_000_000_000  # within a tick of the disk's clock a folder changes twice and looks the same
DEAD = (DatabaseError, InterfaceError)


@dataclass(frozen=True, slots=True)
class Known:
    """An incident as the database has it; both times by the epoch, 0 while nobody has resolved it."""

    evidence: str
    opened_at: float
    resolved_at: float


_known: dict[Path, int] = {}  # files, and when what has its row of each was written
_looked: list[tuple[str, int]] = []  # the folder, and its time of change when all of it was known
_owing: list[bool] = []  # said once per outage


def settle() -> None:
    """Each file of this host's last day has a row; the database is asked only for those that are new or have grown."""
    try:
        now = (str(folder()), folder().stat().st_mtime_ns)
    except OSError:
        return  # nothing has happened yet, or nothing can be read
    if [now] == _looked:
        return
    oldest = stamp(time.time() - OWED_SECONDS)
    try:
        files = {
            file: file.stat().st_mtime_ns
            for file in folder().glob("*.json")
            if file.name >= oldest and not is_of_drill(file)
        }
        owed = sorted(file.name for file, changed in files.items() if _known.get(file) != changed)
        if owed:
            _make(owed)
    except BlockingIOError:
        return  # another process does it, or hangs: nobody waits for it here
    except (*DEAD, OSError):
        connection.close()
        if not _owing:
            _owing.append(True)
            logger.exception("Incidents cannot be written to the database; their files have them.")
        return
    _known.clear()
    _known.update(files)
    _owing.clear()
    if time.time_ns() - now[1] > TICK_NS:
        _looked[:] = [now]


def known(rule: str, feature: object, evidence: str) -> Known | None:
    """The incident of a file, or without one the last that the disk had no room for. None: not there, or no database."""
    which = {"evidence": evidence} if evidence else {"evidence": "", "feature": _feature(feature)}
    try:
        row = Incident.objects.filter(rule=rule, **which).first()
    except DEAD:
        connection.close()
        return None
    if row is None:
        return None
    return Known(evidence, row.opened_at.timestamp(), row.resolved_at.timestamp() if row.resolved_at else 0.0)


def open_without_file(rule: str, at: float, evidence: dict[str, Any]) -> None:
    """The disk is full. What the database cannot take either is in the log."""
    try:
        _open(rule, datetime.fromtimestamp(at, UTC), evidence, "")
    except DEAD:
        connection.close()
        logger.exception("%s could be written down nowhere: %s", rule, words.line(evidence))


def end_without_file(rule: str, evidence: dict[str, Any]) -> None:
    """What ended has no file that could take it."""
    try:
        _audit(f"again.{rule}", rule, evidence, "")
    except DEAD:
        connection.close()
        logger.exception("The end of %s could be written down nowhere: %s", rule, words.line(evidence))


def reset() -> None:
    _known.clear()
    _looked.clear()
    _owing.clear()


def _make(names: list[str]) -> None:
    """Raises DatabaseError, InterfaceError, OSError."""
    with turn(".rows", wait=False):
        there = {row.evidence: row for row in Incident.objects.filter(evidence__in=names)}
        for name in names:
            told = read(folder() / name)
            if told is None:
                continue  # damaged: nothing can be made of it
            rule, first = str(told.get("rule") or Path(name).stem), _first(told)
            began = parse_datetime(str(told.get("began", ""))) or datetime.now(UTC)
            row = there.get(name) or _open(rule, began, first, name)
            _audit_again(rule, told, name)
            _name(row, told)


def _name(row: Incident, told: dict[str, Any]) -> None:
    """Another person who loses a feature is in the title; told of is the incident, once."""
    people = dict.fromkeys(str(entry["person"]) for entry in entries(told) if entry.get("person"))
    if row.rule != "rollback" or len(people) < 2:
        return
    title = words.title(row.rule, {"feature": row.feature, "person": ", ".join(people)})
    Incident.objects.filter(pk=row.pk).exclude(title=title).update(title=title)


def _first(told: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = next(iter(entries(told)), {})
    return {name: value for name, value in entry.items() if name not in {"at", "process"}}


def _open(rule: str, at: datetime, evidence: dict[str, Any], file: str) -> Incident:
    with transaction.atomic():
        row = Incident.objects.create(
            rule=rule,
            title=words.title(rule, evidence),
            feature=_feature(evidence.get("feature", "")),
            opened_at=at,
            opened_by=f"auto:{rule}",
            evidence=file,
        )
        if not file or not AuditEntry.objects.filter(action=f"auto.{rule}", reason__endswith=file).exists():
            _audit(f"auto.{rule}", rule, evidence, file)
    return row


def _audit(action: str, rule: str, evidence: dict[str, Any], file: str) -> None:
    AuditEntry.objects.create(
        actor_kind="auto",
        actor=f"auto:{rule}",
        action=action,
        subject="live",
        after=json.loads(json.dumps(evidence, default=str)),
        reason=f"{RUNBOOKS}/{rule}.md; evidence: {file or 'not written, see the log'}",
    )


def _audit_again(rule: str, told: dict[str, Any], file: str) -> None:
    """A line for each thing that joined the file and has none; the turn lets one process write at a time."""
    joined = entries(told)[1:LINES]
    action = f"again.{rule}"
    if not joined:
        return
    done = AuditEntry.objects.filter(action=action, reason__endswith=file).count()
    for entry in joined[done:]:
        said = {name: value for name, value in entry.items() if name not in words.QUIET}
        _audit(action, rule, said, file)


def _feature(said: object) -> str:
    return words.plain(said, 100)
