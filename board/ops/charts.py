"""Figures as lines: what an SVG needs to be drawn, and the same as a table. Pure."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy

from board.ops.series import Bucket, Span

WIDTH, HEIGHT = 600, 120
ROWS = 12  # of a table
LINES = 4  # processes drawn apart; the newest
GAP_STEPS = 2.5  # nothing known for longer: the line breaks
Bands = dict[str, tuple[float, float]]
Show = Callable[[float], str]
Point = tuple[float, float]  # epoch seconds, value
plain, exact, ms = "{:.1f}".format, "{:.2f}".format, "{:.0f} ms".format


@dataclass(frozen=True, slots=True)
class Kind:
    """One chart: the ring's name for it, its title, how it is shown; `most`: the highest value of each step counts."""

    name: str
    title: Any
    show: Show
    floor: float  # the scale's end is no lower
    most: bool = False
    apart: bool = False  # each process has its line


KINDS = (
    Kind("requests", gettext_lazy("Requests a second"), plain, 1.0),
    Kind("events", gettext_lazy("Events a second"), plain, 1.0),
    Kind("streams", gettext_lazy("Open boards"), "{:.0f}".format, 5.0),
    Kind("reconnects_per_stream", gettext_lazy("Reconnects a stream and minute"), exact, 1.0),
    Kind("r", gettext_lazy("R, caused per request"), exact, 1.0, most=True),
    Kind("cores", gettext_lazy("Processor, cores"), exact, 0.5, apart=True),
    Kind("rss_bytes", gettext_lazy("Memory"), filesizeformat, 64 * 1024.0**2, apart=True),
    Kind("loop_lag_ms", gettext_lazy("Loop lag"), ms, 50.0, most=True, apart=True),
)
# A baseline may name a figure otherwise.
ALSO = {"reconnects_per_stream": "reconnects", "cores": "cpu_cores"}


@dataclass(frozen=True, slots=True)
class Chart:
    """`lines`: legend, and the points of each unbroken piece; `band`: y and height of what is ordinary."""

    name: str
    title: str
    now: str
    highest: str
    lines: list[tuple[str, list[str]]]
    band: tuple[float, float] | None
    ordinary: str
    head: list[str]
    rows: list[tuple[str, list[str]]]


def charts(span: Span, bands: Bands) -> list[Chart]:
    return [_chart(kind, span, bands.get(kind.name) or bands.get(ALSO.get(kind.name, ""))) for kind in KINDS]


def _chart(kind: Kind, span: Span, band: tuple[float, float] | None) -> Chart:
    found = _apart(kind, span) if kind.apart else {"": _points(kind, span.buckets)}
    values = [value for points in found.values() for _at, value in points]
    top = _scale(max([kind.floor, *values, band[1] if band else 0.0]))
    newest = max((points[-1][0] for points in found.values() if points), default=0.0)
    latest = [points[-1][1] for points in found.values() if points and points[-1][0] == newest]
    return Chart(
        kind.name,
        str(kind.title),
        " · ".join(kind.show(value) for value in latest),
        kind.show(top),
        [(name, _pieces(points, span, top)) for name, points in found.items()],
        (_y(min(band[1], top), top), round(max(1.5, _y(band[0], top) - _y(band[1], top)), 1))
        if band
        else None,
        f"{kind.show(band[0])} – {kind.show(band[1])}" if band else "",
        list(found),
        _table(kind, found, span),
    )


def _points(kind: Kind, buckets: list[Bucket]) -> list[Point]:
    which = "most" if kind.most else "average"
    return [
        (bucket["at"], float(bucket[which][kind.name])) for bucket in buckets if kind.name in bucket[which]
    ]


def _apart(kind: Kind, span: Span) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = {}
    for bucket in span.buckets:
        for pid, figures in bucket["workers"].items():
            if kind.name in figures:
                found.setdefault(pid, []).append((bucket["at"], float(figures[kind.name])))
    newest = sorted(found, key=lambda pid: found[pid][-1][0])[-LINES:]
    return {pid: found[pid] for pid in sorted(newest)}


def _pieces(points: list[Point], span: Span, top: float) -> list[str]:
    pieces: list[list[str]] = []
    before = -math.inf
    for at, value in points:
        if at - before > GAP_STEPS * span.step:
            pieces.append([])
        before = at
        x = max(0.0, (at - span.since) / (span.until - span.since)) * WIDTH
        pieces[-1].append(f"{x:.1f},{_y(value, top)}")
    # One point alone would not be seen.
    return [" ".join(piece if len(piece) > 1 else [piece[0], piece[0]]) for piece in pieces]


def _y(value: float, top: float) -> float:
    return round(HEIGHT - max(0.0, min(1.0, value / top)) * HEIGHT, 1)


def _scale(highest: float) -> float:
    """The next 1, 2 or 5 of its size: the scale does not jump with each value."""
    size = 10 ** math.floor(math.log10(highest)) if highest > 0 else 1.0
    return float(next(step * size for step in (1, 2, 5, 10) if highest <= step * size * 1.0001))


def _table(kind: Kind, found: dict[str, list[Point]], span: Span) -> list[tuple[str, list[str]]]:
    """Newest first, every so many steps."""
    count = math.ceil((span.until - span.since) / span.step)
    every = span.step * math.ceil(count / ROWS)
    by_time = {name: {at // every * every: value for at, value in points} for name, points in found.items()}
    times = sorted({at for values in by_time.values() for at in values}, reverse=True)
    shape = "%H:%M" if span.name == "hour" else "%d %b %H:%M"
    return [
        (
            datetime.fromtimestamp(at, UTC).strftime(shape),
            [kind.show(values[at]) if at in values else "–" for values in by_time.values()],
        )
        for at in times
    ]
