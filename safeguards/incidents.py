"""What a safeguard did by itself: one line in the audit trail, one file with the evidence, one runbook."""

import json
import logging
import os
import queue
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from safeguards.models import AuditEntry

logger = logging.getLogger(__name__)
SAME_SECONDS = 600.0  # what happens again within ten minutes is the same incident
WAITING = 100  # not yet written; beyond it only counts
LINES = 200  # of one incident's timeline
RUNBOOKS = "docs/runbooks"


@dataclass(slots=True)
class Incident:
    rule: str
    file: Path
    last: float
    timeline: list[dict[str, Any]] = field(default_factory=list)


_waiting: queue.Queue[tuple[str, float, dict[str, Any]]] = queue.Queue(WAITING)
_open: dict[str, Incident] = {}


def record(rule: str, evidence: dict[str, Any]) -> None:
    """From any thread, the event loop included: written with the next `flush`. `rule` has a runbook of that name."""
    try:
        _waiting.put_nowait((rule, time.time(), evidence))
    except queue.Full:
        logger.warning("More happened than can be written down: %s", rule)


def flush() -> None:
    """Write what waits; called by the sampler and by the supervisor. The file needs no database."""
    while True:
        try:
            rule, at, evidence = _waiting.get_nowait()
        except queue.Empty:
            return
        _write(rule, at, evidence)


def folder() -> Path:
    return Path(settings.DATA_DIR) / "incidents"


def recent(most: int = 20) -> list[dict[str, Any]]:
    """The last ones of this host, newest first, as their files tell them."""
    found = sorted(folder().glob("*.json"), reverse=True)[:most] if folder().exists() else []
    told = []
    for file in found:
        try:
            told.append(json.loads(file.read_text()))
        except (OSError, ValueError):
            continue  # half written, or removed meanwhile
    return told


def reset() -> None:
    """Forget what is open; for tests."""
    _open.clear()
    while not _waiting.empty():
        _waiting.get_nowait()


def _write(rule: str, at: float, evidence: dict[str, Any]) -> None:
    incident = _open.get(rule)
    is_new = incident is None or at - incident.last > SAME_SECONDS
    if incident is None or is_new:
        name = f"{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%S%f}-{rule}-{os.getpid()}.json"
        incident = _open[rule] = Incident(rule, folder() / name, at)
    incident.last = at
    if len(incident.timeline) < LINES:
        incident.timeline.append({"at": _iso(at), **evidence})
    try:
        folder().mkdir(parents=True, exist_ok=True)
        fresh = incident.file.with_suffix(".new")
        fresh.write_text(json.dumps(_told(incident), indent=1, default=str))
        fresh.replace(incident.file)
    except OSError:
        logger.exception("The evidence of %s could not be written.", rule)
    if is_new:
        _audit(incident, evidence)


def _told(incident: Incident) -> dict[str, Any]:
    first = incident.timeline[0]["at"] if incident.timeline else ""
    return {
        "rule": incident.rule,
        "runbook": f"{RUNBOOKS}/{incident.rule}.md",
        "began": first,
        "process": os.getpid(),
        "timeline": incident.timeline,
    }


def _audit(incident: Incident, evidence: dict[str, Any]) -> None:
    try:
        AuditEntry.objects.create(
            actor_kind="auto",
            actor=f"auto:{incident.rule}",
            action=f"auto.{incident.rule}",
            subject="live",
            after=json.loads(json.dumps(evidence, default=str)),
            reason=f"{RUNBOOKS}/{incident.rule}.md; evidence: {incident.file.name}",
        )
    except DatabaseError:
        connection.close()
        logger.exception("The audit trail could not be told about %s; the file has it.", incident.rule)


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
