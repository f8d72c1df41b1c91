"""What was seen in the last minutes, hour, day or week, as so many columns as a chart has: none hides a second."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from board.ops.ring import FIGURES, Key, Ring, Slots
from safeguards import history

COLUMNS = 300
LINES = 4  # processes drawn apart; the newest
LENGTHS = {"5min": 300, "hour": 3600, "day": 24 * 3600, "week": 7 * 24 * 3600}
BY_SECOND = frozenset({"5min", "hour"})
SPARE = 60  # samples more than a span has: its first column may have begun before


class Seen(NamedTuple):
    """In one column: its number from the left, the least, the middle and the most."""

    column: int
    low: float
    mid: float
    high: float


@dataclass(frozen=True, slots=True)
class Span:
    """`since` and `width` of a column in epoch seconds; `lines`: pid (empty for all together) and figure -> columns of
    which something is known, oldest first; `left_out`: how many processes run that have no line."""

    name: str
    since: float
    width: float
    lines: dict[Key, list[Seen]]
    left_out: int = 0


@cache
def ring(*, by_second: bool) -> Ring:
    """Of this process; it costs nothing until somebody looks."""
    if by_second:
        return Ring("seconds", 1, int(history.HOUR) + SPARE)
    return Ring("minutes", 60, int(history.WEEK) // 60 + SPARE)


def span(name: str, now: float) -> Span:
    """`name`: of LENGTHS. From files and memory alone; what cannot be read is left out."""
    kept, width = ring(by_second=name in BY_SECOND), LENGTHS[name] / COLUMNS
    kept.follow()
    since = (now // width + 1 - COLUMNS) * width  # columns stand still while time goes on
    columns = [kept.slots(since + each * width, since + (each + 1) * width) for each in range(COLUMNS)]
    keys = [("", figure) for figure in FIGURES]
    shown = kept.workers(LINES)
    keys += [(pid, figure) for pid in shown for figure in history.APART]
    lines = {key: list(_seen(kept, key, columns)) for key in keys}
    left_out = len(kept.running.difference(shown))
    return Span(name, since, width, {key: seen for key, seen in lines.items() if seen}, left_out)


def forget() -> None:
    """Nothing has been read; for tests."""
    ring.cache_clear()


def _seen(kept: Ring, key: Key, columns: list[Slots]) -> Iterator[Seen]:
    figure = kept.figures.get(key)
    if figure is None:
        return  # its worker made room meanwhile
    for number, slots in enumerate(columns):
        if (found := figure.within(slots)) is not None:
            yield Seen(number, *found)
