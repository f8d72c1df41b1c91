"""Who fills the ring of figures: each second a line about all workers, made from what they tell."""

import math
import os
import queue
import threading
import time
from typing import Any

from safeguards import history
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
SUMS = frozenset(
    {"streams", "cores", "rss_bytes", "requests", "refused", "events", "threads", "file_descriptors"}
)
RATES = {"requests": "requests_", "refused": "refused_", "events": "events_total"}  # how their counters begin


class Recorder:
    """Holds the counters of the second before, for rates."""

    def __init__(self) -> None:
        self._before: dict[int, tuple[float, dict[str, float]]] = {}

    def line(self, at: float, rows: list[Row]) -> dict[str, Any]:
        """`at`: epoch seconds. Per worker and in total: cores, rss_bytes, beat_age_s, gauges, rates per second."""
        counts = {row["pid"]: (at, _counters(row["gauges"])) for row in rows}
        workers = {str(row["pid"]): self._figures(row, *counts[row["pid"]]) for row in rows}
        self._before = counts
        return {"at": round(at, 2), "workers": workers, "total": _total(list(workers.values()))}

    def _figures(self, row: Row, at: float, counts: dict[str, float]) -> dict[str, float]:
        made = {name: _number(row.get(name)) for name in ("cores", "rss_bytes", "beat_age_s")}
        made |= {name: _number(row["gauges"].get(name)) for name in GAUGES}
        then, before = self._before.get(row["pid"], (at, counts))
        passed = max(at - then, 0.001)
        return made | {name: round(max(0.0, counts[name] - before[name]) / passed, 2) for name in RATES}


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
        for name, start in RATES.items()
    }


def _total(workers: list[dict[str, float]]) -> dict[str, float]:
    names = workers[0] if workers else {}
    return {
        name: round((sum if name in SUMS else max)(figures[name] for figures in workers), 3) for name in names
    }


def _number(value: Any) -> float:
    """0 for what is no number: a worker may tell anything."""
    return round(float(value), 3) if isinstance(value, int | float) and math.isfinite(value) else 0.0
