"""The ring of figures in DATA_DIR/metrics: one line a second for an hour, one line a minute for a week.

A second: {"at": epoch seconds, "workers": {pid: {name: value}}, "total": {name: value}}.
A minute: {"at": its beginning, "seconds": how many were seen, "average", "least" and "most": {name: value},
"workers": {pid: {name of APART: the most}}}. The names are those of `safeguards.recording`."""

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
MOST_BYTES = 4 * 1024 * 1024  # read at once; a minute of seconds has about 100 kB, a day of minutes 3 MB
APART = ("cores", "rss_bytes", "loop_lag_ms")  # known of each worker for a week, and of all together
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


def prune(now: float) -> None:
    """Remove what is older than its span. Raises OSError."""
    for kind, (pattern, span, length) in SPANS.items():
        for file in folder().glob(f"{kind}-*.jsonl"):
            began = _began(file.name, pattern)
            if began is None or began + length < now - span:
                file.unlink(missing_ok=True)


class Follower:
    """Every line of one kind, "seconds" or "minutes", each once and oldest first."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._name, self._read = "", 0  # the file it is in, and how far

    def new(self) -> Iterator[Line]:
        """What was written since it last looked; half a line waits for its end."""
        for file in sorted(folder().glob(f"{self.kind}-*.jsonl")):
            if file.name < self._name:
                continue
            if file.name > self._name:
                self._name, self._read = file.name, 0
            yield from self._rest(file)

    def _rest(self, file: Path) -> Iterator[Line]:
        with suppress(OSError), file.open("rb") as opened:  # one that is pruned meanwhile is over
            opened.seek(self._read)
            while whole := opened.read(MOST_BYTES).rpartition(b"\n")[0]:
                self._read += len(whole) + 1
                opened.seek(self._read)
                yield from _lines(whole)


def read(file: Path) -> list[Line]:
    """Every whole line of one file; nothing when it is not there."""
    try:
        with file.open("rb") as opened:
            return list(_lines(opened.read(MOST_BYTES)))
    except OSError:
        return []


def between(kind: str, since: float, until: float) -> list[Line]:
    """Lines of one kind, "seconds" or "minutes", between two epoch seconds, oldest first."""
    pattern, _span, length = SPANS[kind]
    found = []
    for file in sorted(folder().glob(f"{kind}-*.jsonl")):
        began = _began(file.name, pattern)
        if began is not None and began <= until and began + length >= since:
            found += [line for line in read(file) if since <= line["at"] <= until]
    return found


def summed(lines: Iterable[Line]) -> Line:
    """Averages, the least and the most of many seconds, without their time."""
    totals: dict[str, list[float]] = {}
    workers: dict[str, dict[str, float]] = {}
    count = 0
    for line in lines:
        count += 1
        for name, value in line["total"].items():
            totals.setdefault(name, []).append(value)
        for pid, figures in line["workers"].items():
            most = workers.setdefault(pid, {})
            for name in APART:
                most[name] = max(figures.get(name, 0.0), most.get(name, 0.0))
    return {
        "seconds": count,
        "average": {name: round(sum(values) / len(values), 4) for name, values in totals.items()},
        "least": {name: min(values) for name, values in totals.items()},
        "most": {name: max(values) for name, values in totals.items()},
        "workers": workers,
    }


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
