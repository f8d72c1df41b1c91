"""R: how many requests one cause brings about, over ten seconds, and who brings about most.

A flood of fast, successful requests is healthy to every other gauge; this one counts at the attempt."""

import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from safeguards import conf
from safeguards.asked import Asked
from safeguards.identity import browser_key
from safeguards.resources import gauges

WINDOW_SECONDS = 10  # in buckets of one second
BROWSERS = 20_000  # with a stream in another process
ELSEWHERE_SECONDS = 15.0  # three times as long as between two tellings
GESTURES = 10_000  # remembered at most; what is forgotten counts as a new cause
TALKERS = 2_000  # told apart within one second at most; the others count together
OTHERS = ("others", "", "")
Talker = tuple[str, str, str]  # person, browser, what
Without = Callable[[str, str], bool]  # person, browser
Row = tuple[str, str, str, str]  # person, browser, kind of request, what it names as its cause


@dataclass(slots=True)
class Second:
    at: int
    began: Counter[str] = field(default_factory=Counter)  # person -> causes
    caused: Counter[Talker] = field(default_factory=Counter)
    requests: Counter[Row] = field(default_factory=Counter)
    opens: Counter[str] = field(
        default_factory=Counter
    )  # browser's key -> streams that began, in any process


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


class Causes:
    """Counted per process; `now` in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._seconds: deque[Second] = deque()
        self._gestures: OrderedDict[str, int] = OrderedDict()  # gesture -> when it was first seen
        self._streams: Counter[str] = Counter()  # browser -> streams open here
        self._elsewhere: dict[str, float] = {}  # its key -> until when another process has a stream of it
        self.peers = Peers()
        self.unseen = 0  # requests caused since R was reported
        self._lock = threading.Lock()

    def opened(self, browser: str) -> None:
        with self._lock:
            self._streams[browser] += 1
            _count(self._second().opens, browser_key(browser), "")

    def closed(self, browser: str) -> None:
        with self._lock:
            self._streams[browser] -= 1
            if self._streams[browser] <= 0:
                del self._streams[browser]

    def opened_elsewhere(self, browsers: Iterable[str]) -> None:
        """Another process has streams of these, by their keys; it says so again every few seconds."""
        now = self.now()
        with self._lock:
            if len(self._elsewhere) > BROWSERS:
                self._elsewhere = {one: until for one, until in self._elsewhere.items() if until > now}
            if len(self._elsewhere) <= BROWSERS:
                self._elsewhere.update(dict.fromkeys(browsers, now + ELSEWHERE_SECONDS))

    def began_elsewhere(self, browsers: Iterable[str]) -> None:
        """Another process has just opened a stream of each of these."""
        self.opened_elsewhere(browsers)
        with self._lock:
            for browser in browsers:
                _count(self._second().opens, browser, "")

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

    def repeated(self, asked: Asked) -> None:
        """Another process has seen this gesture already: it was no cause after all."""
        if not asked.began_something:
            return
        asked.began_something = False
        with self._lock:
            second = self._second()
            second.began[asked.person] = max(0, second.began[asked.person] - 1)
            _count(second.caused, (asked.person, asked.browser, "gesture"), OTHERS)

    def attempt(self, asked: Asked) -> None:
        """One request, whatever becomes of it."""
        if not asked.bucket or asked.bucket == "health":
            return
        with self._lock:
            second = self._second()
            row = (asked.person, asked.browser, asked.bucket, _named_cause(asked))
            _count(second.requests, row, ("others", "", *row[2:]))
            if not asked.is_proven:
                return  # without an account there is no event to react to: what it claims would accuse the others
            if what := self._caused_what(asked):
                _count(second.caused, (asked.person, asked.browser, what), OTHERS)
                self.unseen += 1
            elif asked.bucket == "stream" or (asked.cause and asked.bucket not in {"pulse", "draft"}):
                # They would hide what the others cause: a moving hand makes ten pulses a second, a typing one drafts.
                _count(second.began, asked.person, OTHERS[0])
                asked.began_something = bool(asked.cause)

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

    def _caused_what(self, asked: Asked) -> str:
        """What brought it about, unless it is a cause of its own or nobody's business."""
        if asked.caused_by:
            return "event"
        if asked.cause:
            return "gesture" if self._is_repeated(asked.cause) else ""
        follows = asked.bucket not in {"stream", "pulse", "watch"} and asked.is_scripted
        return asked.bucket if follows and self.has_stream(asked.browser) else ""

    def has_stream(self, browser: str) -> bool:
        """Whether one of this browser is open, here or in another process."""
        return browser in self._streams or self._elsewhere.get(browser_key(browser), 0.0) > self.now()

    def _is_repeated(self, gesture: str) -> bool:
        now = int(self.now())
        while self._gestures:
            oldest, at = next(iter(self._gestures.items()))
            if at > now - WINDOW_SECONDS and len(self._gestures) < GESTURES:
                break
            del self._gestures[oldest]
        if gesture in self._gestures:
            return True
        self._gestures[gesture] = now
        return False

    def _second(self) -> Second:
        now = int(self.now())
        while self._seconds and self._seconds[0].at <= now - WINDOW_SECONDS:
            self._seconds.popleft()
        if not self._seconds or self._seconds[-1].at != now:
            self._seconds.append(Second(now))
        return self._seconds[-1]


def _named_cause(asked: Asked) -> str:
    if asked.caused_by:
        return "event"
    if asked.cause:
        return "gesture"
    return "script" if asked.is_scripted else "page"


def _count(counter: Counter[Any], key: Any, others: Any) -> None:
    counter[key if key in counter or len(counter) < TALKERS else others] += 1


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
