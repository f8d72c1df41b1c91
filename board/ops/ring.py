"""The last hour by the second, or the last week by the minute, in memory: filled from the files, then followed."""

import threading
from array import array
from collections.abc import Sequence
from contextlib import suppress
from math import ceil, isnan, nan

from safeguards import history
from safeguards.groups import GROUPS

TOTALS = ("requests", "events", "streams", "reconnects_per_stream", "r")
COMPARED = ("requests", "events", "streams", "reconnects")
FIGURES = (*TOTALS, *(f"{group}_{what}" for group in GROUPS for what in COMPARED))
WORKERS = 8  # told apart; the one that was seen longest ago makes room
Key = tuple[str, str]  # pid, empty for all together; figure
Slots = tuple[slice, slice]  # up to the end of a ring, and from its beginning
NOWHERE = (slice(0, 0), slice(0, 0))


class Figure:
    """The least, the middle and the most of each sample; a second has one value only."""

    def __init__(self, size: int, *, is_single: bool) -> None:
        self.low = array("f", [nan]) * size
        self.mid, self.high = (self.low, self.low) if is_single else (self.low[:], self.low[:])

    def put(self, slot: int, low: float, mid: float, high: float) -> None:
        """Twice in one step, the higher one counts: a peak is never lost."""
        if not high <= self.high[slot]:
            self.low[slot], self.mid[slot], self.high[slot] = low, mid, high

    def clear(self, slot: int) -> None:
        self.low[slot] = self.mid[slot] = self.high[slot] = nan

    def within(self, slots: Slots) -> tuple[float, float, float] | None:
        """Least, middle and most of what is known there."""
        mids = _known(self.mid, slots)
        if not mids:
            return None
        if self.low is self.mid:
            return min(mids), sum(mids) / len(mids), max(mids)
        return min(_known(self.low, slots)), sum(mids) / len(mids), max(_known(self.high, slots))


class Ring:
    """`size` samples, `step` seconds apart. Its memory does not grow, however many workers come and go."""

    def __init__(self, kind: str, step: int, size: int) -> None:
        self.step, self.size = step, size
        self._follower = history.Follower(kind)
        self._newest = -1  # step
        self._seen: dict[str, int] = {}  # pid -> its newest step
        self.running: frozenset[str] = (
            frozenset()
        )  # pids of the newest step, also those that have no room here
        self._lock = threading.Lock()
        self.figures: dict[Key, Figure] = {("", name): self._figure(is_total=True) for name in FIGURES}

    def follow(self) -> None:
        """Take in what was written since. From any thread."""
        with self._lock:
            for line in self._follower.new():
                with suppress(TypeError, AttributeError, KeyError):  # somebody else's line
                    self._add(line)

    def slots(self, since: float, until: float) -> Slots:
        """Of the steps from `since` to before `until` (epoch seconds)."""
        first = max(ceil(since / self.step), self._newest - self.size + 1)
        last = min(ceil(until / self.step), self._newest + 1)
        if first >= last:
            return NOWHERE
        begin = first % self.size
        end = begin + last - first
        return slice(begin, min(end, self.size)), slice(0, max(0, end - self.size))

    def workers(self, most: int) -> list[str]:
        """The newest of them."""
        newest = sorted(self._seen, key=self._seen.__getitem__)[-most:]
        return sorted(newest)

    def bytes(self) -> int:
        kept = {id(each): each for figure in self.figures.values() for each in vars(figure).values()}
        return sum(len(each) * each.itemsize for each in kept.values())

    def _figure(self, *, is_total: bool) -> Figure:
        return Figure(self.size, is_single=self.step == 1 or not is_total)

    def _add(self, line: history.Line) -> None:
        mid: dict[str, float] = line["average"] if self.step > 1 else line["total"]
        low, high = line.get("least", mid), line.get("most", mid)
        turn = int(line["at"] // self.step)
        slot = self._turn_to(turn)
        for name in FIGURES:
            if name in mid:
                self.figures["", name].put(slot, low.get(name, mid[name]), mid[name], high[name])
        of_workers = line.get("workers", {})
        self.running = frozenset(of_workers)
        for pid, figures in of_workers.items():
            if not self._make_room(pid, turn):
                continue
            for name in history.APART:
                value = figures.get(name, nan)
                self.figures[pid, name].put(slot, value, value, value)

    def _turn_to(self, turn: int) -> int:
        """The slot of this step; those that were passed over are empty from now on."""
        if turn > self._newest:
            first = max(self._newest + 1, turn - self.size + 1)
        elif turn > self._newest - self.size:
            return turn % self.size
        else:
            first = turn - self.size + 1  # a clock was set back by more than the ring holds
        for passed in range(first, turn + 1):
            for figure in self.figures.values():
                figure.clear(passed % self.size)
        self._newest = turn
        return turn % self.size

    def _make_room(self, pid: str, turn: int) -> bool:
        """None for another one while all who have some still run: they would take it from one another each step."""
        if pid not in self._seen:
            if len(self._seen) >= WORKERS:
                gone = min(self._seen, key=self._seen.__getitem__)
                if self._seen[gone] in (turn - 1, turn):
                    return False
                del self._seen[gone]
                for name in history.APART:
                    del self.figures[gone, name]
            self.figures |= {(pid, name): self._figure(is_total=False) for name in history.APART}
        self._seen[pid] = turn
        return True


def _known(kept: "array[float]", slots: Slots) -> Sequence[float]:
    """Nothing can be known of a step that was passed over."""
    begin, rest = slots
    values = kept[begin] + kept[rest] if rest.stop else kept[begin]
    return [value for value in values if not isnan(value)] if isnan(sum(values)) else values
