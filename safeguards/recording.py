"""Who fills the ring of figures: each second a line about all workers, made from what they tell."""

import math
import os
import queue
import threading
import time
from collections.abc import Iterable
from typing import Any

from safeguards import history
from safeguards.groups import GROUPS
from safeguards.resources import gauges

Row = dict[str, Any]  # as `Supervised.status()` tells it
WAITING = 5  # seconds that may wait for a slow disk; later ones are lost
GAUGES: tuple[str, ...] = (
    "streams",
    "loop_lag_ms",
    "ladder_level",
    "r",
    "db_ms",
    "reconnects_per_stream",
    "threads",
    "file_descriptors",
    "mailbox_depth",
)
RATES = {  # how their counters begin
    "requests": "requests_",
    "refused": "refused_",
    "events": "events_total",
    "written": "written_total",
}
SUMS = frozenset({"streams", "cores", "rss_bytes", "threads", "file_descriptors", *RATES})
# Of each group, while some test what others do not have.
COMPARED = {f"{group}_{what}": f"{group}_{what}_total" for group in GROUPS for what in ("requests", "events")}


class Recorder:
    """Holds the counters of the second before, for rates."""

    def __init__(self) -> None:
        self._before: dict[int, tuple[float, dict[str, float]]] = {}

    def line(self, at: float, rows: list[Row]) -> dict[str, Any]:
        """`at`: epoch seconds. Per worker and in total: cores, rss_bytes, beat_age_s, gauges, rates per second."""
        counts = {row["pid"]: (at, _counters(row["gauges"])) for row in rows}
        rates = {row["pid"]: self._rates(row["pid"], *counts[row["pid"]]) for row in rows}
        workers = {str(row["pid"]): _figures(row) | _only(RATES, rates[row["pid"]]) for row in rows}
        total = _total(list(workers.values()))
        if any(_number(row["gauges"].get("tested")) for row in rows):
            total |= _compared([row["gauges"] for row in rows], list(rates.values()))
        self._before = counts
        return {"at": round(at, 2), "workers": workers, "total": total}

    def _rates(self, pid: int, at: float, counts: dict[str, float]) -> dict[str, float]:
        then, before = self._before.get(pid, (at, counts))
        passed = max(at - then, 0.001)
        return {name: round(max(0.0, counts[name] - before[name]) / passed, 2) for name in counts}


class Keeper:
    """`note` hands over what the workers are doing and never waits; a thread of its own writes it down."""

    def __init__(self) -> None:
        self._recorder = Recorder()
        self._waiting: queue.Queue[tuple[float, list[Row]]] = queue.Queue(WAITING)
        threading.Thread(target=self._write, name="history", daemon=True).start()

    def note(self, rows: list[Row]) -> None:
        try:
            self._waiting.put_nowait((time.time(), rows))
        except queue.Full:
            return

    def _write(self) -> None:
        while True:
            at, rows = self._waiting.get()
            try:
                history.add(self._recorder.line(at, rows))
            except Exception as error:  # a thread that ends here would never write again
                print(f"The figures of a second were lost: {error}", flush=True)


def own() -> Row:
    """This process as a supervisor would tell it."""
    told = gauges.snapshot()
    seen = {"cores": told.get("cpu_cores", 0.0), "rss_bytes": told.get("rss_bytes", 0.0)}
    return {"pid": os.getpid(), "beat_age_s": 0.0, **seen, "gauges": told}


_own = Recorder()


def note_own() -> None:
    """Where no supervisor does it: called each second by the chores."""
    history.add(_own.line(time.time(), [own()]))


def _counters(told: dict[str, Any]) -> dict[str, float]:
    return {
        name: sum(
            _number(value) for key, value in told.items() if key.startswith(start) and key.endswith("_total")
        )
        for name, start in (RATES | COMPARED).items()
    }


def _figures(row: Row) -> dict[str, float]:
    made = {name: _number(row.get(name)) for name in ("cores", "rss_bytes", "beat_age_s")}
    return made | {name: _number(row["gauges"].get(name)) for name in GAUGES}


def _only(names: Iterable[str], figures: dict[str, float]) -> dict[str, float]:
    return {name: figures[name] for name in names}


def _compared(told: list[dict[str, Any]], rates: list[dict[str, float]]) -> dict[str, float]:
    """Of all workers together: a group may be spread over them."""
    made = {name: round(sum(each[name] for each in rates), 2) for name in COMPARED}
    for group in GROUPS:
        streams, lost = (
            sum(_number(each.get(f"{group}_{what}")) for each in told) for what in ("streams", "lost")
        )
        made |= {f"{group}_streams": streams, f"{group}_reconnects": round(lost / max(streams, 1.0), 3)}
    return made


def _total(workers: list[dict[str, float]]) -> dict[str, float]:
    names = workers[0] if workers else {}
    return {
        name: round((sum if name in SUMS else max)(figures[name] for figures in workers), 3) for name in names
    }


def _number(value: Any) -> float:
    """0 for what is no number: a worker may tell anything."""
    return round(float(value), 3) if isinstance(value, int | float) and math.isfinite(value) else 0.0
