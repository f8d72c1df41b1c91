"""What a safeguard did by itself: one line in the audit trail, one file with the evidence, one runbook.

However many processes of a host see it, and however often within ten minutes."""

import fcntl
import json
import logging
import os
import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager
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

_waiting: queue.Queue[tuple[str, float, dict[str, Any]]] = queue.Queue(WAITING)
_open: dict[
    str, float
] = {}  # rule -> when this process last saw it: what counts while nothing can be written


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
    found = sorted(folder().glob("*.json"), reverse=True)[:most] if folder().is_dir() else []
    return [told for file in found if (told := _read(file)) is not None]


def reset() -> None:
    """Forget what is open; for tests."""
    _open.clear()
    while not _waiting.empty():
        _waiting.get_nowait()


def _write(rule: str, at: float, evidence: dict[str, Any]) -> None:
    entry = {"at": _iso(at), "process": os.getpid(), **evidence}
    is_new = at - _open.get(rule, -SAME_SECONDS) >= SAME_SECONDS
    name = ""
    try:
        with _turn():
            name, is_new = _filed(rule, at, entry)
    except OSError:
        logger.exception("The evidence of %s could not be written.", rule)
    _open[rule] = at
    if is_new:
        _audit(rule, name, evidence)


@contextmanager
def _turn() -> Iterator[None]:
    """One process of the host at a time. Raises OSError."""
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / ".turn").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _filed(rule: str, at: float, entry: dict[str, Any]) -> tuple[str, bool]:
    """The name of the incident's file, and whether it is a new one. Raises OSError."""
    file = max(folder().glob(f"*-{rule}.json"), default=None)
    told = _read(file) if file is not None and at - file.stat().st_mtime < SAME_SECONDS else None
    if file is None or told is None:
        file = folder() / f"{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%S%f}-{rule}.json"
        told = {"rule": rule, "runbook": f"{RUNBOOKS}/{rule}.md", "began": entry["at"], "timeline": []}
        is_new = True
    else:
        is_new = False
    told["timeline"] = [*told["timeline"], entry][:LINES]
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(told, indent=1, default=str))
    fresh.replace(file)
    return file.name, is_new


def _read(file: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(file.read_text()))
    except (OSError, ValueError):
        return None  # half written, or removed meanwhile


def _audit(rule: str, file: str, evidence: dict[str, Any]) -> None:
    try:
        AuditEntry.objects.create(
            actor_kind="auto",
            actor=f"auto:{rule}",
            action=f"auto.{rule}",
            subject="live",
            after=json.loads(json.dumps(evidence, default=str)),
            reason=f"{RUNBOOKS}/{rule}.md; evidence: {file or 'not written, see the log'}",
        )
    except DatabaseError:
        connection.close()
        logger.exception("The audit trail could not be told about %s; the file has it.", rule)


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
