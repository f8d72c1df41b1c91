"""What the ring of figures of this host tells of an incident: how the server was, and each move of its ladder."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from safeguards import history

LONGEST_SECONDS = 24 * 3600.0  # of an incident; later figures are on the operations page
STEP_SECONDS, MOST = 60.0, 40  # between two samples, and how many there are at most
LEVEL = "ladder_level"
Row = tuple[datetime, dict[str, Any]]


def rows(since: datetime, until: datetime) -> list[Row]:
    """By the second where they are still there, else by the minute; oldest first."""
    began, ended = since.timestamp(), min(until.timestamp(), since.timestamp() + LONGEST_SECONDS)
    seconds = history.between("seconds", began, ended)
    first = seconds[0]["at"] if seconds else ended
    minutes = [line for line in history.between("minutes", began, first) if line["at"] + 60.0 <= first]
    found = [(_time(line), _figures(line)) for line in (*minutes, *seconds)]
    return sorted((row for row in found if row[1]), key=lambda row: row[0])


def samples(found: list[Row]) -> Iterable[tuple[datetime, str]]:
    """Some of them, evenly, in words."""
    if not found:
        return
    step = max(STEP_SECONDS, (found[-1][0] - found[0][0]).total_seconds() / MOST)
    due = found[0][0].timestamp()
    for at, figures in found:
        if at.timestamp() >= due:
            due = at.timestamp() + step
            yield at, _words(figures)


def moves(found: list[Row]) -> Iterable[tuple[datetime, int, int]]:
    """When the highest level of all workers changed, from which to which."""
    for (_at, before), (at, after) in pairwise(found):
        old, new = (int(_number(figures, LEVEL)) for figures in (before, after))
        if old != new:
            yield at, old, new


def _words(figures: dict[str, Any]) -> str:
    said = [
        _("level %(n)d") % {"n": _number(figures, LEVEL)},
        _("%(n).2f cores") % {"n": _number(figures, "cores")},
        _("%(n).0f MB") % {"n": _number(figures, "rss_bytes") / 1e6},
        _("the loop answers within %(n).0f ms") % {"n": _number(figures, "loop_lag_ms")},
        _("%(n).1f requests/s") % {"n": _number(figures, "requests")},
        _("%(n).0f streams") % {"n": _number(figures, "streams")},
        _("R %(n).2f") % {"n": _number(figures, "r")},
    ]
    return " · ".join(said)


def _figures(line: dict[str, Any]) -> dict[str, Any]:
    """Of a second or a minute; empty for somebody else's line."""
    total, average, most = line.get("total"), line.get("average"), line.get("most")
    if isinstance(total, dict):
        return total
    return {**average, LEVEL: most.get(LEVEL)} if isinstance(average, dict) and isinstance(most, dict) else {}


def _number(figures: dict[str, Any], name: str) -> float:
    value = figures.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def _time(line: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(line["at"], UTC)
