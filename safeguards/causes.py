"""R: how many requests one cause brings about, over ten seconds, and who brings about most.

A flood of fast, successful requests is healthy to every other gauge; this one counts at the attempt."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from safeguards import conf
from safeguards.counting import Counting, Row, Talker
from safeguards.identity import browser_key
from safeguards.resources import gauges

Without = Callable[[str, str], bool]  # person, browser


class Past(NamedTuple):
    """One second that was counted, as it is now; `at` on the clock of its Causes."""

    at: int
    causes: int
    caused: list[tuple[Talker, int]]
    requests: list[tuple[Row, int]]


@dataclass(frozen=True, slots=True)
class Peers:
    """What the other processes count; `processes`: all of them, this one included."""

    causes: int = 0
    caused: int = 0
    processes: int = 1


class Causes(Counting):
    """Counted per process; what the others count is in `peers`."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(now)
        self.peers = Peers()

    def opens(self) -> Counter[str]:
        """How many streams of each browser's key began, in any process."""
        with self._lock:
            self._second()
            total: Counter[str] = Counter()
            for second in self._seconds:
                total.update(second.opens)
        return total

    def browsers(self) -> list[str]:
        """Whose streams are open here, by their keys: other processes are told."""
        with self._lock:
            return list(map(browser_key, self._streams))

    def own(self, without: Without = lambda person, browser: False) -> tuple[int, int]:
        """Causes, and requests caused, of this process; `without` leaves out who is already dealt with."""
        with self._lock:
            self._second()
            causes = sum(second.began.total() for second in self._seconds)
            caused = sum(
                count
                for second in self._seconds
                for (person, browser, _what), count in second.caused.items()
                if not without(person, browser)
            )
        return causes, caused

    def r(self, without: Without = lambda person, browser: False) -> tuple[float, int]:
        """Requests caused per cause, and how many causes, of all processes."""
        causes, caused = self.own(without)
        causes, caused = causes + self.peers.causes, caused + self.peers.caused
        return (caused / causes if causes else float(caused)), causes

    def pages(self, person: str, browser: str) -> int:
        """How often this browser read something as a page, not by a script."""
        row = (person, browser, "read", "page")
        with self._lock:
            self._second()
            return sum(second.requests[row] for second in self._seconds)

    def repeats(self) -> dict[str, tuple[int, int]]:
        """Of each person who began something or did it again: causes of their own, and requests that repeated one."""
        with self._lock:
            self._second()
            began, again = Counter[str](), Counter[str]()
            for second in self._seconds:
                began.update(second.began)
                for (person, _browser, what), count in second.caused.items():
                    again[person] += count if what == "gesture" else 0
        both = {person: (began[person], again[person]) for person in began.keys() | again.keys()}
        return {person: counts for person, counts in both.items() if any(counts)}

    def asked_since(self, at: int) -> tuple[int, Counter[str]]:
        """The last whole second, and who asked how often in those after `at`."""
        with self._lock:
            last = self._second().at - 1
            asked: Counter[str] = Counter()
            for second in self._seconds:
                if at < second.at <= last:
                    for (person, *_row), count in second.requests.items():
                        asked[person] += count
        return last, asked

    def top(self, most: int = 10) -> list[tuple[Talker, int]]:
        """Who and what brought about most requests."""
        with self._lock:
            self._second()
            total: Counter[Talker] = Counter()
            for second in self._seconds:
                total.update(second.caused)
        return total.most_common(most)

    def talkers(self, most: int = 10) -> list[tuple[tuple[str, str], dict[str, int]]]:
        """Which person and browser ask most, by kind of request and by cause."""
        with self._lock:
            self._second()
            rows = [row for second in self._seconds for row in second.requests.items()]
        asking: dict[tuple[str, str], Counter[str]] = {}
        for (person, browser, kind, cause), count in rows:
            asking.setdefault((person, browser), Counter()).update({kind: count, f"by {cause}": count})
        ranked = sorted(asking.items(), key=lambda item: item[1].total(), reverse=True)
        return [(who, dict(kinds)) for who, kinds in ranked[:most]]

    def window(self) -> list[Past]:
        """The seconds that count now, oldest first."""
        with self._lock:
            self._second()
            return [
                Past(
                    second.at,
                    second.began.total(),
                    second.caused.most_common(),
                    second.requests.most_common(),
                )
                for second in self._seconds
            ]


causes = Causes()


def report(quarantined: Without) -> float:
    """R as a gauge; in the sampler's thread."""
    causes.unseen = 0
    r, count = causes.r(quarantined)
    own_causes, own_caused = causes.own(quarantined)
    gauges.report("own_causes", own_causes)
    gauges.report("own_caused", own_caused)
    told = levelled(r, count)
    gauges.report("r", told)
    gauges.report("r_causes", count)
    return told


def levelled(r: float, count: int) -> float:
    """Few causes count as ten: a request or two that follow one are nothing, hundreds that follow one are everything."""
    return r * max(count, 1) / max(count, conf.number("r_causes"))
