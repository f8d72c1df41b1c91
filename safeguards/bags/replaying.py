"""The ten seconds before a bag, once more on a simulated clock: would the limits of today see it?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safeguards import conf
from safeguards.asked import Asked
from safeguards.bags.counted import MOST, is_second
from safeguards.bags.form import Damaged
from safeguards.bags.reading import document
from safeguards.causes import WINDOW_SECONDS, Causes

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

    @property
    def contained(self) -> bool:
        """Nothing to contain, or R tripped in time."""
        if self.began_s is None:
            return True
        return self.tripped_s is not None and self.tripped_s - self.began_s <= WITHIN_SECONDS


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
    """Raises Damaged and Nothing."""
    seconds = _seconds(bag)
    clock = [float(seconds[0]["at"])]
    held = Causes(lambda: clock[0])
    aside: set[str] = set()
    asked, highest, let_in = 0, 0.0, 0
    began: int | None = None
    tripped: int | None = None
    for second in seconds:
        clock[0] = float(second["at"])
        passed = int(second["at"] - seconds[0]["at"])
        for told, again in _requests(second, held):
            asked += 1
            if asked > MOST:
                raise Damaged("data/causes.json holds more requests than a bag can.")
            if told.person in aside:
                continue  # live is off for them: what their page sent as an answer is not sent
            held.attempt(told)
            if again:
                held.repeated(told)
            let_in += tripped is not None and (again or not told.cause)
        r = _told(held, FEW)
        highest = max(highest, r)
        if began is None and r >= OFFENCE:
            began = passed
        if _told(held, conf.number("r_causes"), aside) >= conf.number("r_trip"):
            tripped = passed if tripped is None else tripped
            aside |= _loudest(held)
    return Verdict(asked, round(highest, 3), began, tripped, sorted(aside), let_in)


def _told(held: Causes, few: float, aside: set[str] | None = None) -> float:
    """R as the gauge tells it; see `causes.report`."""
    r, count = held.r(lambda person, _browser: person in (aside or ()))
    return r * max(count, 1) / max(count, few)


def _loudest(held: Causes) -> set[str]:
    """Whoever causes more than a third of it; see `pressure`."""
    total, people = 0, dict[str, int]()
    for (person, _browser, _what), count in held.top(10_000):
        people[person] = people.get(person, 0) + count
        total += count
    return {person for person, count in people.items() if count > total / 3}


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
