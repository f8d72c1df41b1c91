"""Figures as lines, bands and tables, out of the ring's files."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string

from board.ops import known, series
from board.ops.charts import HEIGHT, charts
from board.ops.series import Span, span
from safeguards import history


@pytest.fixture(autouse=True)
def here(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    series.forget()
    yield
    series.forget()


def bucket(at: float, value: float, pid: str = "7") -> dict[str, Any]:
    names = (
        "requests",
        "events",
        "streams",
        "reconnects_per_stream",
        "r",
        "cores",
        "rss_bytes",
        "loop_lag_ms",
    )
    figures = dict.fromkeys(names, value)
    return {"at": at, "average": figures, "most": figures, "workers": {pid: figures}}


def hour(*buckets: dict[str, Any]) -> Span:
    return Span("hour", 0.0, 3600.0, 15.0, list(buckets))


def test_a_line_breaks_where_nothing_is_known() -> None:
    (requests, *_others) = charts(hour(bucket(0, 1), bucket(15, 2), bucket(600, 1)), {})
    ((name, pieces),) = requests.lines
    assert (name, [len(piece.split()) for piece in pieces]) == ("", [2, 2])
    assert pieces[0] == "0.0,60.0 2.5,0.0"
    assert requests.now == "1.0"


def test_the_band_of_the_baseline_is_inside_the_scale() -> None:
    (requests, *_others) = charts(hour(bucket(0, 1)), {"requests": (2.0, 4.0)})
    y, height = requests.band or (0, 0)
    assert (requests.highest, y, height) == ("5.0", 24.0, 48.0)
    assert requests.ordinary == "2.0 – 4.0"
    assert 0 <= y <= y + height <= HEIGHT


def test_processes_have_lines_of_their_own_and_the_newest_are_drawn() -> None:
    buckets = [bucket(15.0 * number, number, str(number)) for number in range(8)]
    cores = next(chart for chart in charts(hour(*buckets), {}) if chart.name == "cores")
    assert cores.head == ["4", "5", "6", "7"]


def test_a_table_has_at_most_twelve_rows_or_one_more_that_has_begun() -> None:
    (requests, *_others) = charts(hour(*[bucket(15.0 * number, number) for number in range(240)]), {})
    assert len(requests.rows) == 12
    assert requests.rows[0][0] == "00:55"


def test_nothing_known_is_drawn_as_nothing() -> None:
    page = render_to_string("ops/_charts.html", known.drawing("hour"))
    assert page.count("<svg") == 8
    assert "<polyline" not in page and "<table" not in page and "chart__band" not in page


def test_a_minute_that_is_over_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    for ago in range(300, 0, -20):
        figures = {"streams": 1.0}
        history.add({"at": now - ago, "total": figures, "workers": {}})
    files = len(list(history.folder().glob("seconds-*")))
    reads: list[Path] = []
    read = history.read
    monkeypatch.setattr(history, "read", lambda file: reads.append(file) or read(file))
    assert sum(bucket["seconds"] for bucket in span("hour").buckets) == 15
    assert len(reads) == files
    span("hour")
    assert len(reads) == files + 1


def test_a_week_is_made_of_minutes() -> None:
    now = time.time()
    for minute in range(130, -1, -1):
        at = now - minute * 60
        history.add({"at": at, "total": {"streams": float(minute == 60)}, "workers": {"7": {"cores": 0.5}}})
    buckets = span("week").buckets
    assert 4 <= len(buckets) <= 6
    assert max(bucket["most"]["streams"] for bucket in buckets) == 1.0
    assert max(bucket["average"]["streams"] for bucket in buckets) < 0.1
