"""What R is made of: each request of the last ten seconds with what brought it about, counted at the attempt."""

import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from safeguards.asked import Asked
from safeguards.identity import browser_key

WINDOW_SECONDS = 10  # in buckets of one second
BROWSERS = 20_000  # with a stream in another process
ELSEWHERE_SECONDS = 15.0  # three times as long as between two tellings
GESTURES = 10_000  # remembered at most; what is forgotten counts as a new cause
TALKERS = 2_000  # told apart within one second at most; the others count together
OTHERS = ("others", "", "")
Talker = tuple[str, str, str]  # person, browser, what
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


class Counting:
    """One process's; `now` in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._seconds: deque[Second] = deque()
        self._gestures: OrderedDict[str, int] = OrderedDict()  # gesture -> when it was first seen
        self._streams: Counter[str] = Counter()  # browser -> streams open here
        self._elsewhere: dict[str, float] = {}  # its key -> until when another process has a stream of it
        self._opened_at: dict[str, float] = {}  # its key -> when its last stream began, in any process
        self.unseen = 0  # requests caused since R was reported
        self._lock = threading.Lock()

    def opened(self, browser: str) -> None:
        with self._lock:
            self._streams[browser] += 1
            self._begin(browser_key(browser))

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
                self._begin(browser)

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

    def has_stream(self, browser: str) -> bool:
        """Whether one of this browser is open, here or in another process."""
        return browser in self._streams or self._elsewhere.get(browser_key(browser), 0.0) > self.now()

    def _caused_what(self, asked: Asked) -> str:
        """What brought it about, unless it is a cause of its own or nobody's business."""
        if asked.caused_by:
            return "event"
        if asked.cause:
            return "gesture" if self._is_repeated(asked.cause) else ""
        follows = asked.bucket not in {"stream", "pulse", "watch"} and asked.is_scripted
        return asked.bucket if follows and self.has_stream(asked.browser) else ""

    def has_kept_stream(self, browser: str, since: float) -> bool:
        """Whether one is open that began before: another tab holds it. A page that is loaded anew begins another one."""
        return self.has_stream(browser) and self._opened_at.get(browser_key(browser), since) <= since

    def _begin(self, key: str) -> None:
        _count(self._second().opens, key, "")
        if len(self._opened_at) >= BROWSERS:
            self._opened_at.clear()
        self._opened_at[key] = self.now()

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
