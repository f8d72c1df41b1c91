"""Figures as lines, bands and tables, out of the ring's files: small, and without hiding a second."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string

from board.ops import drawn, paths, series
from board.ops.charts import charts, comparison
from board.ops.ring import FIGURES, WORKERS, Ring
from board.ops.series import COLUMNS, LENGTHS, Seen, Span, span
from safeguards import history
from safeguards.groups import GROUPS

MOST_BYTES = 160 * 1024  # of one redrawing with noise in every line
HOUR_MEGABYTES, WEEK_MEGABYTES = 0.6, 2.6
NOW = 1_800_000_000.0  # 2027-01-15, at the beginning of a minute


@pytest.fixture(autouse=True)
def here(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    series.forget()
    drawn.forget()
    yield
    series.forget()
    drawn.forget()


def second(at: float, value: float = 1.0, *pids: str, **total: float) -> dict[str, Any]:
    worker = dict.fromkeys(history.APART, value)
    figures = dict.fromkeys(FIGURES, value) | total
    return {"at": at, "total": figures, "workers": dict.fromkeys(pids, worker)}


def minute(at: float, low: float, mid: float, high: float) -> dict[str, Any]:
    least, average, most = (dict.fromkeys(FIGURES, value) for value in (low, mid, high))
    return {"at": at, "seconds": 60, "average": average, "least": least, "most": most, "workers": {}}


def write(kind: str, lines: list[dict[str, Any]]) -> None:
    history.folder().mkdir(parents=True, exist_ok=True)
    for line in lines:
        history._append(history._file(history.SPANS[kind][0], line["at"]), line)


def hour(*seen: Seen, name: str = "requests", pid: str = "") -> Span:
    return Span("hour", 0.0, 12.0, {(pid, name): list(seen)})


def flat(column: int, value: float) -> Seen:
    return Seen(column, value, value, value)


def seen(name: str, now: float, figure: str = "requests") -> list[Seen]:
    return span(name, now).lines["", figure]


def test_a_line_breaks_where_nothing_is_known_and_what_is_level_is_one_step() -> None:
    (requests, *_others) = charts(hour(*[flat(each, 1) for each in range(5)], flat(5, 2), flat(50, 1)), {})
    (line,) = requests.lines
    assert (line.middle, line.around) == ("M1 60h8l2-60M101 60h1", "")
    assert line.now == "1.0"


def test_one_second_in_an_hour_is_not_hidden() -> None:
    write("seconds", [second(NOW - ago, 90.0 if ago == 1777 else 1.0) for ago in range(3599, -1, -1)])
    found = seen("hour", NOW)
    assert len(found) == COLUMNS and max(each.high for each in found) == 90.0
    (requests, *_others) = charts(span("hour", NOW), {})
    assert requests.highest == "100.0"
    assert f" {paths.y(90, 100)}" not in requests.lines[0].middle  # the middle alone would hide it
    assert f"-{paths.y(1, 100) - paths.y(90, 100)}l" in requests.lines[0].around
    assert any("90.0" in value for _when, (value,) in requests.rows)


def test_one_second_in_a_week_is_not_hidden() -> None:
    for at in range(70):
        history.add(second(NOW + at, 40.0 if at == 30 else 2.0))
    for name in ("day", "week"):
        (column,) = seen(name, NOW + 70)
        assert (column.low, column.high) == (2.0, 40.0) and 2.0 < column.mid < 3.0


def test_of_two_samples_within_a_second_the_higher_one_counts() -> None:
    write("seconds", [second(NOW, 5.0), second(NOW + 0.9, 1.0)])
    assert [each.high for each in seen("5min", NOW)] == [5.0]


def test_five_minutes_show_each_second_and_columns_stand_still_while_time_goes_on() -> None:
    write("seconds", [second(NOW - ago, float(ago)) for ago in range(400, -1, -1)])
    assert [each.mid for each in seen("5min", NOW)] == [float(ago) for ago in range(299, -1, -1)]
    assert span("hour", NOW + 11).since == span("hour", NOW).since
    assert span("hour", NOW + 12).since == span("hour", NOW).since + 12


def test_a_second_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    write("seconds", [second(NOW + at) for at in range(100)])
    parsed: list[float] = []
    load = history.json.loads
    monkeypatch.setattr(history.json, "loads", lambda text: parsed.append(1) or load(text))
    span("hour", NOW + 100)
    write("seconds", [second(NOW + 100)])
    span("5min", NOW + 100)
    span("hour", NOW + 100)
    assert len(parsed) == 101


@pytest.mark.parametrize(
    ("kind", "step", "most"), [("seconds", 1, HOUR_MEGABYTES), ("minutes", 60, WEEK_MEGABYTES)]
)
def test_memory_is_bounded_however_many_workers_come_and_go(kind: str, step: int, most: float) -> None:
    ring = Ring(kind, step, series.ring(by_second=step == 1).size)
    size: set[int] = set()
    for turn in range(3 * WORKERS):
        told = second(NOW + turn * step, 1.0, str(turn))
        ring._add(told | {"average": told["total"]})
        size.add(ring.bytes())
    assert max(size) < most * 1e6 and len(ring.workers(99)) == WORKERS
    assert ring.workers(2) == [str(3 * WORKERS - 2), str(3 * WORKERS - 1)]


def test_an_hour_later_a_slot_holds_nothing_of_before() -> None:
    write("seconds", [second(NOW, 1.0, "7"), {"at": NOW + 3660, "total": {"r": 1}, "workers": {}}])
    found = span("hour", NOW + 3660)
    assert set(found.lines) == {("", "r")}


def test_the_band_of_the_baseline_is_inside_the_scale() -> None:
    (requests, *_others) = charts(hour(flat(0, 1)), {"requests": (2.0, 4.0)})
    y, height = requests.band or (0, 0)
    assert (requests.highest, y, height) == ("5.0", 24, 48)
    assert requests.ordinary == "2.0 – 4.0"
    assert 0 <= y <= y + height <= paths.HEIGHT


def test_processes_have_lines_of_their_own_and_the_newest_are_drawn() -> None:
    write("seconds", [second(NOW + at, 1.0, str(at)) for at in range(8)])
    cores = next(chart for chart in charts(span("hour", NOW + 8), {}) if chart.name == "cores")
    assert [line.name for line in cores.lines] == ["pid 4", "pid 5", "pid 6", "pid 7"]


@pytest.mark.parametrize(("workers", "left_out"), [(4, 0), (5, 1), (10, 6)])
def test_processes_that_are_left_out_are_counted(
    workers: int, left_out: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = [str(100 + number) for number in range(workers)]
    write("seconds", [second(NOW + at, 1.0, *pids) for at in range(20)])
    found = {chart.name: chart for chart in charts(span("hour", NOW + 20), {})}
    assert (found["cores"].left_out, found["requests"].left_out) == (left_out, 0)
    monkeypatch.setattr(drawn.time, "time", lambda: NOW + 20)
    page = render_to_string("ops/_charts.html", drawn.drawing("hour"))
    said = f"{left_out} more process{'es run and are' if left_out > 1 else ' runs and is'} left out"
    assert page.count(said) == (3 if left_out else 0)
    monkeypatch.setattr(series, "COLUMNS", 3600)
    kept = span("hour", NOW + 20).lines
    assert {len(seen) for (pid, _name), seen in kept.items() if pid} == {20}  # none took another's room


def test_a_table_has_at_most_twelve_rows_of_ranges() -> None:
    (requests, *_others) = charts(hour(*[flat(each, each) for each in range(COLUMNS)]), {})
    assert len(requests.rows) == 12
    assert requests.rows[0] == ("00:55", ["275.0 – 299.0"])


def test_canary_and_control_are_two_lines_against_the_band() -> None:
    write("seconds", [second(NOW + at, canary_requests=3.0, control_requests=2.0) for at in range(20)])
    requests, events, *_others = comparison(
        span("hour", NOW + 20), {"requests": (1.0, 2.5), "written": (0.0, 1.0)}
    )
    assert [(line.name, line.now) for line in requests.lines] == [
        ("canary", "3.0"),
        ("everybody else", "2.0"),
    ]
    assert requests.ordinary == "1.0 – 2.5" and requests.band and events.band
    assert requests.rows[0][1] == ["3.0", "2.0"]


def test_where_nothing_is_compared_one_sentence_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    def said() -> str:
        return render_to_string("ops/_compared.html", drawn.drawing("hour"))

    monkeypatch.setattr(drawn.flags, "is_testing", lambda: False)
    page = said()
    assert "No rollout runs: nobody has a feature that others do not have." in page and "<svg" not in page
    monkeypatch.setattr(drawn.flags, "is_testing", lambda: True)
    assert "has just begun" in said() and "<svg" not in said()
    monkeypatch.setattr(drawn.time, "time", lambda: NOW + 1)
    write("seconds", [second(NOW)])
    page = said()
    assert page.count("<svg") == 4 and "There is no grey band" in page and "No rollout" not in page
    monkeypatch.setattr(drawn.flags, "is_testing", lambda: False)
    assert "this is what the last one did" in said()


def test_nothing_known_is_drawn_as_nothing() -> None:
    page = render_to_string("ops/_charts.html", drawn.drawing("hour"))
    assert page.count("<svg") == 8
    assert "chart__line" not in page and "<table" not in page and "chart__band" not in page


def test_a_span_is_drawn_again_when_a_column_is_full_and_not_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    monkeypatch.setattr(drawn, "drawing", lambda name: made.append(name) or {"span": name})
    for at in range(24):
        monkeypatch.setattr(drawn.time, "time", lambda at=at: NOW + at)
        drawn.pieces("hour")
    assert made == ["hour", "hour"]


@pytest.mark.parametrize("name", LENGTHS)
def test_noise_in_everything_stays_small(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing repeats, every line is drawn, and each column has its least and its most."""
    chance = random.Random(7)
    values = [float(chance.randrange(1000)) for _each in range(4000)]
    if name in series.BY_SECOND:
        pids = ("1001", "1002", "1003", "1004")
        write("seconds", [second(NOW - ago, values[ago], *pids) for ago in range(LENGTHS[name], 0, -1)])
    else:
        write("minutes", [minute(NOW - 300 * ago, 0.0, values[ago], 1000.0) for ago in range(2020, 0, -1)])
    monkeypatch.setattr(drawn.time, "time", lambda: NOW)
    told = drawn.pieces(name)
    size = sum(len(html.encode()) for html in told.values())
    assert 10_000 < size < MOST_BYTES
    assert len(span(name, NOW).lines["", f"{GROUPS[0]}_requests"]) > 0.95 * COLUMNS
