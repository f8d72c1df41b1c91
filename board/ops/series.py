"""An hour by 15 s and a week by half an hour, out of the ring; a minute that is over is read once."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safeguards import history

STEPS = {"hour": 15.0, "week": 1800.0}
LENGTHS = {"hour": history.HOUR, "week": history.WEEK}
KEPT = 80  # files, an hour has sixty
WEEK_SECONDS = 60.0  # a week is read anew no sooner
Bucket = dict[str, Any]  # at, average, most, workers: as a minute of the ring


@dataclass(frozen=True, slots=True)
class Span:
    """Epoch seconds; `buckets` is oldest first, one for each step of which something is known."""

    name: str
    since: float
    until: float
    step: float
    buckets: list[Bucket]


_minutes: dict[Path, list[Bucket]] = {}
_week: list[tuple[float, Span]] = []


def span(name: str) -> Span:
    """`name`: hour or week. From files alone; what cannot be read is left out."""
    now = time.time()
    if name == "week":
        if not _week or not 0 <= now - _week[0][0] < WEEK_SECONDS:
            _week[:] = [(now, _span(name, now, _gathered(history.minutes(now - history.WEEK, now))))]
        return _week[0][1]
    return _span(name, now, _hour(now))


def forget() -> None:
    """Nothing has been read; for tests."""
    _minutes.clear()
    _week.clear()


def _span(name: str, now: float, buckets: list[Bucket]) -> Span:
    step, since = STEPS[name], now - LENGTHS[name]
    return Span(name, since, now, step, [bucket for bucket in buckets if bucket["at"] >= since - step])


def _hour(now: float) -> list[Bucket]:
    files = sorted(history.folder().glob("seconds-*.jsonl"))
    found: list[Bucket] = []
    for file in files:
        buckets = _minutes.get(file)
        if buckets is None:
            buckets = _by_step(history.read(file), STEPS["hour"])
            if file != files[-1]:  # the last one still grows
                _minutes[file] = buckets
        found += buckets
    for file in list(_minutes)[: max(0, len(_minutes) - KEPT)]:
        _minutes.pop(file, None)
    return found


def _by_step(lines: Iterable[history.Line], step: float) -> list[Bucket]:
    groups: dict[float, list[history.Line]] = {}
    for line in lines:
        if isinstance(line.get("total"), dict) and isinstance(line.get("workers"), dict):
            groups.setdefault(line["at"] // step * step, []).append(line)
    return [{"at": at, **history.summed(group)} for at, group in sorted(groups.items())]


def _gathered(lines: list[history.Line]) -> list[Bucket]:
    """Minutes to half hours: averages of averages, the most of the most."""
    groups: dict[float, list[history.Line]] = {}
    for line in lines:
        if isinstance(line.get("average"), dict) and isinstance(line.get("most"), dict):
            groups.setdefault(line["at"] // STEPS["week"] * STEPS["week"], []).append(line)
    return [{"at": at, **_joined(group)} for at, group in sorted(groups.items())]


def _joined(group: list[history.Line]) -> Bucket:
    average = history.summed({"total": line["average"], "workers": {}} for line in group)
    most = history.summed({"total": line["most"], "workers": line.get("workers", {})} for line in group)
    return {"average": average["average"], "most": most["most"], "workers": most["workers"]}
