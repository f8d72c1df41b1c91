"""Figures as lines: what an SVG needs to be drawn, and the same as a table. Pure."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from board.ops import paths
from board.ops.series import COLUMNS, Seen, Span
from safeguards.groups import GROUPS

ROWS = 12  # of a table
Bands = dict[str, tuple[float, float]]
Show = Callable[[float], str]
Lines = dict[str, list[Seen]]  # in words, whose they are
plain, exact, ms = "{:.1f}".format, "{:.2f}".format, "{:.0f} ms".format


@dataclass(frozen=True, slots=True)
class Kind:
    """One chart: the ring's name for it, its title, how it is shown; `band`: the baseline's name for it."""

    name: str
    title: Any
    show: Show
    floor: float  # the scale's end is no lower
    band: str = ""
    apart: bool = False  # each process has its line


KINDS = (
    Kind("requests", gettext_lazy("Requests a second"), plain, 1.0, "requests"),
    Kind("events", gettext_lazy("Events sent a second"), plain, 1.0, "events"),
    Kind("streams", gettext_lazy("Open boards"), "{:.0f}".format, 5.0, "streams"),
    Kind(
        "reconnects_per_stream",
        gettext_lazy("Reconnects per stream, a minute"),
        exact,
        1.0,
        "reconnects_per_stream",
    ),
    Kind("r", gettext_lazy("R, caused per request"), exact, 1.0, "r"),
    Kind("cores", gettext_lazy("Processor, cores"), exact, 0.5, "cpu_cores", apart=True),
    Kind("rss_bytes", gettext_lazy("Memory"), filesizeformat, 64 * 1024.0**2, "rss_bytes", apart=True),
    Kind("loop_lag_ms", gettext_lazy("Loop lag"), ms, 50.0, "loop_lag_ms", apart=True),
)
COMPARED = (
    Kind("requests", gettext_lazy("Requests a second"), plain, 1.0, "requests"),
    Kind("events", gettext_lazy("Changes a second"), plain, 1.0, "written"),
    Kind("streams", gettext_lazy("Open boards"), "{:.0f}".format, 5.0, "streams"),
    Kind("reconnects", gettext_lazy("Reconnects per stream, a minute"), exact, 1.0, "reconnects_per_stream"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """`now`: empty of a process that has ended. `middle` and `around` are paths; the second one is empty where
    nothing lies between least and most."""

    name: str
    now: str
    middle: str
    around: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`band`: y and height of what is ordinary; `left_out`: how many processes more run."""

    name: str
    title: str
    highest: str
    lines: list[Line]
    band: tuple[int, int] | None
    ordinary: str
    rows: list[tuple[str, list[str]]]
    left_out: int


def charts(span: Span, bands: Bands) -> list[Chart]:
    """Of all together, or of each process."""
    return [_chart(kind, kind.name, _of_kind(kind, span), span, bands) for kind in KINDS]


def comparison(span: Span, bands: Bands) -> list[Chart]:
    """Canary and control; none while the span knows nothing of them."""
    names = dict(zip(GROUPS, (_("canary"), _("everybody else")), strict=True))
    found = {
        kind: {
            names[group]: seen for group in GROUPS if (seen := span.lines.get(("", f"{group}_{kind.name}")))
        }
        for kind in COMPARED
    }
    if not any(found.values()):
        return []
    return [_chart(kind, f"compared-{kind.name}", lines, span, bands) for kind, lines in found.items()]


def _of_kind(kind: Kind, span: Span) -> Lines:
    if not kind.apart:
        seen = span.lines.get(("", kind.name))
        return {"": seen} if seen else {}
    return {f"pid {pid}": seen for (pid, name), seen in span.lines.items() if pid and name == kind.name}


def _chart(kind: Kind, name: str, found: Lines, span: Span, bands: Bands) -> Chart:
    band = bands.get(kind.band)
    top = _scale(max([kind.floor, *_highs(found.values()), band[1] if band else 0.0]))
    newest = max((seen[-1].column for seen in found.values()), default=0)
    return Chart(
        name,
        str(kind.title),
        kind.show(top),
        [
            Line(
                whose,
                kind.show(seen[-1].mid) if seen[-1].column >= newest - paths.GAP else "",
                paths.line(seen, top),
                paths.around(seen, top),
            )
            for whose, seen in found.items()
        ],
        _band(band, top) if band else None,
        f"{kind.show(band[0])} – {kind.show(band[1])}" if band else "",
        _table(kind, found, span),
        span.left_out if kind.apart else 0,
    )


def _highs(found: Iterable[list[Seen]]) -> list[float]:
    return [each.high for seen in found for each in seen]


def _band(band: tuple[float, float], top: float) -> tuple[int, int]:
    """Never so thin that it is not seen."""
    lower, upper = paths.y(band[0], top), paths.y(min(band[1], top), top)
    return upper, max(2, lower - upper)


def _scale(highest: float) -> float:
    """The next 1, 2 or 5 of its size: the scale does not jump with each value."""
    size = 10 ** math.floor(math.log10(highest)) if highest > 0 else 1.0
    return float(next(step * size for step in (1, 2, 5, 10) if highest <= step * size * 1.0001))


def _table(kind: Kind, found: Lines, span: Span) -> list[tuple[str, list[str]]]:
    """Newest first: from the least to the most of so many columns each."""
    each_row = COLUMNS // ROWS
    known: dict[int, dict[str, list[Seen]]] = {}
    for whose, seen in found.items():
        for one in seen:
            known.setdefault(one.column // each_row, {}).setdefault(whose, []).append(one)
    shape = {"5min": "%H:%M:%S", "hour": "%H:%M"}.get(span.name, "%d %b %H:%M")
    return [
        (
            datetime.fromtimestamp(span.since + row * each_row * span.width, UTC).strftime(shape),
            [_range(kind, known[row][whose]) if whose in known[row] else "–" for whose in found],
        )
        for row in sorted(known, reverse=True)
    ]


def _range(kind: Kind, seen: list[Seen]) -> str:
    least, most = kind.show(min(each.low for each in seen)), kind.show(max(each.high for each in seen))
    return least if least == most else f"{least} – {most}"
