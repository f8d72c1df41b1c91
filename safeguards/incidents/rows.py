"""The row of an incident, with its line in the audit trail. A dead database owes it: it is made later from the file."""

import json
import logging
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils.dateparse import parse_datetime

from safeguards.incidents import words
from safeguards.incidents.shelf import RUNBOOKS, entries, folder, is_of_drill, read, stamp, turn
from safeguards.models import AuditEntry, Incident

logger = logging.getLogger(__name__)
JOIN_SECONDS = 3600.0  # an incident that is not resolved takes what happens again for so long
OWED_SECONDS = 86_400.0  # what is older than a day is history
TICK_NS = 1_000_000_000  # within a tick of the disk's clock a folder changes twice and looks the same
DEAD = (DatabaseError, InterfaceError)

_known: set[Path] = set()  # files that have their row
_looked: list[tuple[str, int]] = []  # the folder, and its time of change when all of it was known
_owing: list[bool] = []  # said once per outage


def settle() -> None:
    """Each file of this host's last day has a row; the database is asked only for files that are new here."""
    try:
        now = (str(folder()), folder().stat().st_mtime_ns)
    except OSError:
        return  # nothing has happened yet, or nothing can be read
    if [now] == _looked:
        return
    oldest = stamp(time.time() - OWED_SECONDS)
    files = {file for file in folder().glob("*.json") if file.name >= oldest and not is_of_drill(file)}
    owed = sorted(file.name for file in files - _known)
    try:
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


def unresolved(rule: str, at: float) -> set[str]:
    """Files whose incident takes what happens at this time. None while the database is dead."""
    since = datetime.fromtimestamp(at - JOIN_SECONDS, UTC)
    rows = Incident.objects.filter(rule=rule, opened_at__gt=since).exclude(status=Incident.Status.RESOLVED)
    try:
        return set(rows.values_list("evidence", flat=True))
    except DEAD:
        connection.close()
        return set()


def open_without_file(rule: str, at: float, evidence: dict[str, Any]) -> None:
    """The disk is full. What the database cannot take either is in the log."""
    try:
        _open(rule, datetime.fromtimestamp(at, UTC), evidence, "")
    except DEAD:
        connection.close()
        logger.exception("%s could be written down nowhere: %s", rule, words.line(evidence))


def reset() -> None:
    _known.clear()
    _looked.clear()
    _owing.clear()


def _make(names: list[str]) -> None:
    """Raises DatabaseError, InterfaceError, OSError."""
    with turn(".rows", wait=False):
        there = set(Incident.objects.filter(evidence__in=names).values_list("evidence", flat=True))
        for name in names:
            told = read(folder() / name) if name not in there else None
            if told is None:
                continue  # there already, or damaged: nothing can be made of it
            rule, first = str(told.get("rule") or Path(name).stem), _first(told)
            began = parse_datetime(str(told.get("began", ""))) or datetime.now(UTC)
            _open(rule, began, first, name)


def _first(told: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = next(iter(entries(told)), {})
    return {name: value for name, value in entry.items() if name not in {"at", "process"}}


def _open(rule: str, at: datetime, evidence: dict[str, Any], file: str) -> None:
    with transaction.atomic():
        Incident.objects.create(
            rule=rule,
            title=words.title(rule, evidence),
            feature=words.plain(evidence.get("feature", ""), 100),
            opened_at=at,
            opened_by=f"auto:{rule}",
            evidence=file,
        )
        if file and AuditEntry.objects.filter(action=f"auto.{rule}", reason__endswith=file).exists():
            return
        AuditEntry.objects.create(
            actor_kind="auto",
            actor=f"auto:{rule}",
            action=f"auto.{rule}",
            subject="live",
            after=json.loads(json.dumps(evidence, default=str)),
            reason=f"{RUNBOOKS}/{rule}.md; evidence: {file or 'not written, see the log'}",
        )
