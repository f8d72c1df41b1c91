"""The ten seconds before a bag, once more on a simulated clock: would the limits of today see it, and the rules?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from safeguards import blame, conf
from safeguards.asked import Asked
from safeguards.bags import refinding
from safeguards.bags.counted import MOST, is_second
from safeguards.bags.form import Damaged
from safeguards.bags.reading import document
from safeguards.causes import Causes
from safeguards.counting import WINDOW_SECONDS

OFFENCE = conf.NUMBERS["r_trip"]  # whatever is configured: this much is a loop
FEW = conf.NUMBERS["r_causes"]
WITHIN_SECONDS = 2  # from the first second in which it is one


@dataclass(frozen=True, slots=True)
class Verdict:
    """Seconds since the first one of the window, None for never. `let_in`: caused requests after R tripped."""

    requests: int
    highest_r: float
    began_s: int | None
    tripped_s: int | None
    put_aside: list[str]
    let_in_after: int
    rule: str = (
        ""  # which took a feature from `person`, where the bag is about that; they are to be found again
    )
    person: str = ""
    broken_s: int | None = None
    found_s: int | None = None

    @property
    def contained(self) -> bool:
        """R had nothing to see or tripped in time, and the rule found again whom it had found."""
        is_found = not self.rule or (self.found_s is not None and _in_time(self.broken_s, self.found_s))
        return is_found and _in_time(self.began_s, self.tripped_s)


class Nothing(Exception):
    """The bag holds no requests: nobody whom it heard had served any in the ten seconds before."""


class Told(Asked):
    """A request as a bag tells it; there are no headers any more."""

    def __init__(
        self, person: str, browser: str, kind: str, *, cause: str, event: bool, scripted: bool
    ) -> None:
        super().__init__({"type": "http", "method": "GET", "path": "", "headers": []})
        self.bucket, self.person, self.browser = kind, person, browser
        self.cause, self.caused_by, self.is_scripted = cause, "event" if event else "", scripted


def replay(bag: Path) -> Verdict:
    """Raises Damaged, Nothing and NotReplayable."""
    taken = refinding.taken(bag)
    seconds = _seconds(bag)
    again = _Again(float(seconds[0]["at"]))
    for second in seconds:
        passed = int(second["at"] - seconds[0]["at"])
        again.play(second, passed)
        if taken:
            taken.look(passed, second, again.held, again.aside)
    verdict = again.verdict()
    if taken is None:
        return verdict
    return replace(
        verdict, rule=taken.rule, person=taken.person, broken_s=taken.began_s, found_s=taken.found_s
    )


class _Again:
    """R and the ladder, on a clock of their own."""

    def __init__(self, at: float) -> None:
        self.at = at
        self.held = Causes(lambda: self.at)
        self.aside: set[str] = set()
        self.asked, self.highest, self.let_in = 0, 0.0, 0
        self.began: int | None = None
        self.tripped: int | None = None

    def play(self, second: dict[str, Any], passed: int) -> None:
        self.at = float(second["at"])
        for told, again in _requests(second, self.held):
            self._ask(told, again=again)
        r = _told(self.held, FEW)
        self.highest = max(self.highest, r)
        if self.began is None and r >= OFFENCE:
            self.began = passed
        if _told(self.held, conf.number("r_causes"), self.aside) >= conf.number("r_trip"):
            self.tripped = passed if self.tripped is None else self.tripped
            self.aside.update(blame.blamed(self.held, self._is_aside) or ())

    def verdict(self) -> Verdict:
        highest, aside = round(self.highest, 3), sorted(self.aside)
        return Verdict(self.asked, highest, self.began, self.tripped, aside, self.let_in)

    def _ask(self, told: Told, *, again: bool) -> None:
        self.asked += 1
        if self.asked > MOST:
            raise Damaged("data/causes.json holds more requests than a bag can.")
        if told.person in self.aside:
            return  # live is off for them: what their page sent as an answer is not sent
        self.held.attempt(told)
        if again:
            self.held.repeated(told)
        self.let_in += self.tripped is not None and (again or not told.cause)

    def _is_aside(self, person: str, _browser: str) -> bool:
        return person in self.aside


def _in_time(began: int | None, ended: int | None) -> bool:
    return began is None or (ended is not None and ended - began <= WITHIN_SECONDS)


def _told(held: Causes, few: float, aside: set[str] | None = None) -> float:
    """R as the gauge tells it; see `causes.report`."""
    r, count = held.r(lambda person, _browser: person in (aside or ()))
    return r * max(count, 1) / max(count, few)


def _requests(second: dict[str, Any], held: Causes) -> Iterator[tuple[Told, bool]]:
    """Each request, and whether it repeats a gesture. Only a browser with a stream sends scripted ones that are
    caused by nobody: whose were, had one."""
    repeated = {(who, tab): n for who, tab, what, n in second["caused"] if what == "gesture"}
    for _who, tab, what, _n in second["caused"]:
        if what not in {"event", "gesture"} and not held.has_stream(tab):
            held.opened(tab)
    for who, tab, kind, cause, count in second["requests"]:
        again = min(repeated.get((who, tab), 0), count) if cause == "gesture" and kind != "pulse" else 0
        if again:
            repeated[who, tab] -= again
        for number in range(count):
            gesture = f"{who}-{tab}-{kind}-{second['at']}-{number}" if cause == "gesture" else ""
            told = Told(who, tab, kind, cause=gesture, event=cause == "event", scripted=cause == "script")
            yield told, number >= count - again


def _seconds(bag: Path) -> list[dict[str, Any]]:
    found = document(bag, "causes.json").get("seconds", [])
    if not isinstance(found, list) or not all(map(is_second, found)):
        raise Damaged("data/causes.json holds something else.")
    if not any(second["requests"] for second in found):
        raise Nothing
    seconds = sorted(found, key=lambda second: second["at"])
    if seconds[-1]["at"] - seconds[0]["at"] > WINDOW_SECONDS or len(seconds) > WINDOW_SECONDS + 1:
        raise Damaged("data/causes.json tells of more than ten seconds.")
    return seconds
