"""The evidence: one file per incident, however many processes of a host see it, and however often.

What happens again within ten minutes to the same feature joins the file; so does what happens while the incident is
younger than an hour. One that somebody has resolved takes nothing more: what happens then is another one."""

import json
import logging
import os
import queue
import re
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from safeguards.incidents import rows
from safeguards.incidents.shelf import RUNBOOKS, folder, read, stamp, turn

logger = logging.getLogger(__name__)
SAME_SECONDS = 600.0  # what happens again within ten minutes is the same incident
ONGOING_SECONDS = 60.0  # a flood is noted so often while it goes on
WAITING = 100  # not yet written; beyond it only counts
GOING_ON = 1000  # kept in mind
ANY_TIME = "?" * len(stamp(0.0))


class Noted(NamedTuple):
    """Not yet written."""

    rule: str
    at: float
    evidence: dict[str, Any]
    ends: bool


_waiting: queue.Queue[Noted] = queue.Queue(WAITING)
_writing = threading.Lock()
# Rule and feature -> when this process last saw it: what counts while nothing can be written.
_open: dict[str, float] = {}
_going_on: dict[tuple[str, str], float] = {}  # rule and evidence of what goes on -> when it was noted last


def record(rule: str, evidence: dict[str, Any], *, ends: bool = False, every: float = 0.0) -> None:
    """From any thread, the event loop included: written with the next `flush`. `rule` has a runbook of that name.

    `ends`: it is what the rule did before that is over. That belongs to the last incident and opens none. `every`: for
    what goes on, the same evidence counts once in so many seconds."""
    if every and not _is_due((rule, str(evidence)), every):
        return
    try:
        _waiting.put_nowait(Noted(rule, time.time(), evidence, ends))
    except queue.Full:
        logger.warning("More happened than can be written down: %s", rule)


def _is_due(what: tuple[str, str], every: float) -> bool:
    now = time.monotonic()
    if now - _going_on.get(what, -every) < every:
        return False
    if len(_going_on) >= GOING_ON:
        _going_on.clear()  # who asks too much under ever new names is in each file once more
    _going_on[what] = now
    return True


def flush() -> None:
    """Write what waits. Afterwards what was recorded before is on file, also what another thread had in hand."""
    with _writing:
        while True:
            try:
                noted = _waiting.get_nowait()
            except queue.Empty:
                return
            if noted.ends:
                _write_end(noted)
            else:
                _write(noted.rule, noted.at, noted.evidence)


def newest(rule: str, feature: object = None) -> Path | None:
    """The last file of a rule and a feature, which may be none: ""; without one, about whatever. Raises OSError."""
    name = f"{rule}.*json" if feature is None else f"{_subject(rule, feature)}.json"
    return max(folder().glob(f"{ANY_TIME}-{name}"), default=None) if folder().is_dir() else None


def _subject(rule: str, feature: object) -> str:
    """What is one incident while it goes on, as the names of its files say it."""
    word = re.sub(r"[^A-Za-z0-9_-]+", "_", str(feature))[:100]
    return f"{rule}.{word}" if word else rule


def reset() -> None:
    _open.clear()
    _going_on.clear()
    while not _waiting.empty():
        _waiting.get_nowait()


def _write(rule: str, at: float, evidence: dict[str, Any]) -> None:
    entry = _entry(at, evidence)
    feature = evidence.get("feature", "")
    what = _subject(rule, feature)
    seen_at = _open.get(what, -SAME_SECONDS)
    known = _known(rule, feature, at, seen_at)  # asked before the turn: nobody waits there for a database
    is_new = at - seen_at >= SAME_SECONDS or (known is not None and known.resolved_at > seen_at)
    is_filed = True
    try:
        with turn():
            _file(rule, feature, at, entry, known)
    except OSError:
        is_filed = False
        logger.exception("The evidence of %s could not be written.", rule)
    _open[what] = at
    if is_new and not is_filed:
        rows.open_without_file(rule, at, evidence)


def _write_end(noted: Noted) -> None:
    """Into the file of what it ends, whoever has resolved that since; without one it is a line in the trail alone."""
    feature = noted.evidence.get("feature", "")
    try:
        with turn():
            file = newest(noted.rule, feature)
            is_owed = file is not None and file.name >= stamp(noted.at - rows.OWED_SECONDS)
            if file is not None and is_owed and (told := read(file)) is not None:
                _append(file, told, _entry(noted.at, noted.evidence))
                return
    except OSError:
        logger.exception("The end of %s could not be written to its file.", noted.rule)
    rows.end_without_file(noted.rule, noted.evidence)


def _entry(at: float, evidence: dict[str, Any]) -> dict[str, Any]:
    return {"at": _iso(at), "process": os.getpid(), **evidence}


def _known(rule: str, feature: object, at: float, seen_at: float) -> rows.Known | None:
    """What the database says of the last one; asked only where that decides anything."""
    try:
        file = newest(rule, feature)
        last = file.stat().st_mtime if file is not None else seen_at
    except OSError:
        file, last = None, seen_at
    return rows.known(rule, feature, file.name if file else "") if at - last < rows.JOIN_SECONDS else None


def _file(rule: str, feature: object, at: float, entry: dict[str, Any], known: rows.Known | None) -> None:
    """Raises OSError."""
    file = newest(rule, feature)
    told = read(file) if file is not None and _joins(file, at, known) else None
    if file is None or told is None:
        file = folder() / f"{stamp(at)}-{_subject(rule, feature)}.json"
        told = {"rule": rule, "runbook": f"{RUNBOOKS}/{rule}.md", "began": entry["at"], "timeline": []}
    _append(file, told, entry)


def _append(file: Path, told: dict[str, Any], entry: dict[str, Any]) -> None:
    """Raises OSError."""
    told["timeline"] = [*told["timeline"], entry][: rows.LINES]
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(told, indent=1, default=str))
    fresh.replace(file)


def _joins(file: Path, at: float, known: rows.Known | None) -> bool:
    """Raises OSError."""
    is_recent = at - file.stat().st_mtime < SAME_SECONDS
    if known is None or known.evidence != file.name:
        return is_recent  # no row yet, or no database; or another process has just begun it
    return not known.resolved_at and (is_recent or at - known.opened_at < rows.JOIN_SECONDS)


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
