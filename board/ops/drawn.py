"""The charts as they are shown: drawn once for all who watch a span, and no more often than they change."""

import time
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy

from board.ops import paths, stored
from board.ops.charts import charts, comparison
from board.ops.series import span
from safeguards import flags

SPANS = {
    "5min": gettext_lazy("Last 5 minutes"),
    "hour": gettext_lazy("Hour"),
    "day": gettext_lazy("Day"),
    "week": gettext_lazy("Week"),
}
USUAL = "hour"
REDRAW_SECONDS = {"5min": 5.0, "hour": 12.0, "day": 60.0, "week": 60.0}  # an hour's columns are so wide
_pieces: dict[str, tuple[Any, dict[str, str]]] = {}  # of each span: as of when, and what it shows


def span_of(said: str) -> str:
    """Of what somebody asks for, the usual one where there is none of that name."""
    return said if said in SPANS else USUAL


def drawing(name: str) -> dict[str, Any]:
    """`name`: of SPANS."""
    seen, bands = span(name, time.time()), stored.last().bands
    return {
        "charts": charts(seen, bands),
        "compared": comparison(seen, bands),
        "tested": flags.is_testing(),
        "bands": bands,
        "span": name,
        "width": paths.WIDTH,
        "height": paths.HEIGHT,
    }


def pieces(name: str) -> dict[str, str]:
    """What changes of it on the page, by the id of its element."""
    now_as = (time.time() // REDRAW_SECONDS[name], stored.last().bands, flags.is_testing())
    if name not in _pieces or _pieces[name][0] != now_as:
        context = drawing(name)
        made = {
            f"ops-{piece}-{name}": str(render_to_string(f"ops/_{piece}.html", context))
            for piece in ("charts", "compared")
        }
        _pieces[name] = now_as, made
    return _pieces[name][1]


def forget() -> None:
    """Nothing was drawn; for tests."""
    _pieces.clear()
