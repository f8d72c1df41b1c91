"""The ring of figures in DATA_DIR/metrics: one line a second for an hour, one line a minute for a week.

A second: {"at": epoch seconds, "workers": {pid: {name: value}}, "total": {name: value}}.
A minute: {"at": its beginning, "seconds": how many were seen, "average": {name: value}, "most": {name: value},
"workers": {pid: {name: the most}}}. The names are those of `safeguards.recording`."""

import json
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

logger = logging.getLogger(__name__)
HOUR, WEEK = 3600.0, 7 * 24 * 3600.0
SECONDS, MINUTES = "seconds-%Y%m%dT%H%M.jsonl", "minutes-%Y%m%d.jsonl"
SPANS = {
    "seconds": (SECONDS, HOUR, 60.0),
    "minutes": (MINUTES, WEEK, 24 * 3600.0),
}  # of each file: its length
MOST_BYTES = 4 * 1024 * 1024  # of one file; a minute of seconds has about 100 kB
Line = dict[str, Any]
_fails = [False]


def folder() -> Path:
    return Path(settings.DATA_DIR) / "metrics"


def add(line: Line) -> bool:
    """One second more; whether it could be written. Never raises. With each new minute the last one is summed up."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        file = _file(SECONDS, line["at"])
        if not file.exists():
            _sum_up(file.name)
            prune(line["at"])
        _append(file, line)
    except (OSError, ValueError, TypeError, KeyError) as error:
        if not _fails[0]:  # once per outage
            logger.warning("The figures of this second could not be written: %s", error)
        _fails[0] = True
        return False
    _fails[0] = False
    return True


def seconds(since: float, until: float) -> list[Line]:
    """What was seen from `since` to `until` (epoch seconds), oldest first; half a line is left out."""
    return _between("seconds", since, until)


def minutes(since: float, until: float) -> list[Line]:
    """The same by the minute; the minute under way is not among them."""
    return _between("minutes", since, until)


def prune(now: float) -> None:
    """Remove what is older than its span. Raises OSError."""
    for kind, (pattern, span, length) in SPANS.items():
        for file in folder().glob(f"{kind}-*.jsonl"):
            began = _began(file.name, pattern)
            if began is None or began + length < now - span:
                file.unlink(missing_ok=True)


def read(file: Path) -> list[Line]:
    """Every whole line of one file; nothing when it is not there."""
    try:
        with file.open("rb") as opened:
            return list(_lines(opened.read(MOST_BYTES)))
    except OSError:
        return []


def summed(lines: Iterable[Line]) -> Line:
    """Averages and the most of many seconds, without their time."""
    totals: dict[str, list[float]] = {}
    workers: dict[str, dict[str, float]] = {}
    count = 0
    for line in lines:
        count += 1
        for name, value in line["total"].items():
            totals.setdefault(name, []).append(value)
        for pid, figures in line["workers"].items():
            most = workers.setdefault(pid, {})
            for name, value in figures.items():
                most[name] = max(value, most.get(name, value))
    return {
        "seconds": count,
        "average": {name: round(sum(values) / len(values), 4) for name, values in totals.items()},
        "most": {name: max(values) for name, values in totals.items()},
        "workers": workers,
    }


def _between(kind: str, since: float, until: float) -> list[Line]:
    pattern, _span, length = SPANS[kind]
    found = []
    for file in sorted(folder().glob(f"{kind}-*.jsonl")):
        began = _began(file.name, pattern)
        if began is not None and began <= until and began + length >= since:
            found += [line for line in read(file) if since <= line["at"] <= until]
    return found


def _sum_up(beginning: str) -> None:
    """The last whole minute becomes a line, once: when the next one begins. Raises OSError."""
    earlier = [file for file in folder().glob("seconds-*.jsonl") if file.name < beginning]
    last = max(earlier, default=None)
    began = _began(last.name, SECONDS) if last is not None else None
    if last is not None and began is not None and (lines := read(last)):
        with suppress(TypeError, AttributeError, KeyError):  # somebody else's lines
            _append(_file(MINUTES, began), {"at": began, **summed(lines)})


def _append(file: Path, line: Line) -> None:
    # A line begins with its end of line, too: one that a full disk cut short spoils none but itself.
    told = b"\n" + json.dumps(line, separators=(",", ":")).encode() + b"\n"
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb", buffering=0) as opened:
        if opened.write(told) != len(told):
            raise OSError("The disk is full.")


def _lines(told: bytes) -> Iterator[Line]:
    for text in told.split(b"\n"):
        if not text:
            continue
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and isinstance(line.get("at"), int | float):
            yield line


def _file(pattern: str, at: float) -> Path:
    return folder() / datetime.fromtimestamp(at, UTC).strftime(pattern)


def _began(name: str, pattern: str) -> float | None:
    try:
        return datetime.strptime(name, pattern).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
