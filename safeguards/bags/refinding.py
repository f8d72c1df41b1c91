"""Would the rule that took a feature from somebody find them again, in the requests that its bag holds?"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safeguards import conf
from safeguards.bags.about import PERSON, SEALED_BY, TRIGGER
from safeguards.bags.form import info, shown
from safeguards.causes import Causes
from safeguards.rollout import contracts, residents

ROLLBACKS = frozenset(
    {"rollback", residents.RULE}
)  # triggers; what a person took by hand, no rule has to find
REPLAYED = frozenset({"caused-by-event", "unknown-cause", "r"})  # of the contracts: seen in requests alone
UNSEEN = {  # of the contracts, and of the residents: what their requests do not tell
    "hops": "how many reactions led to a request",
    "double-stream": "whether a stream followed a lost one or replaced another",
    "mailbox": "how much waited for a page",
    "doubled-event": "which changes a stream carried",
    "lag": "how late the event loop was",
    "errors": "what was answered",
    residents.RULE: "how long the residents waited",
}


class NotReplayable(Exception):
    """Why, in a sentence."""


@dataclass(slots=True)
class Taken:
    """A rule took a feature from `person`. `began_s` and `found_s`: seconds since the first one of the window."""

    rule: str
    person: str
    began_s: int | None = None
    found_s: int | None = None
    _seen: dict[tuple[str, str], int] = field(default_factory=dict)

    def look(self, passed: int, second: dict[str, Any], held: Causes, aside: Iterable[str]) -> None:
        """After the requests of a second: `aside` are those whom the ladder holds back by then."""
        if self.began_s is None and self._is_broken(second, held):
            self.began_s = passed
        if self.found_s is None and self._is_found(held, aside):
            self.found_s = passed

    def _is_found(self, held: Causes, aside: Iterable[str]) -> bool:
        if self.rule == "r" and self.person in aside:
            return True
        return any((f"user:{pk}", rule) == (self.person, self.rule) for pk, rule, _ in contracts.broken(held))

    def _is_broken(self, second: dict[str, Any], held: Causes) -> bool:
        """As the bag tells it and whatever is configured, so that a rule that finds nothing is noticed."""
        if self.rule == "r":
            began, again = held.repeats().get(self.person, (0, 0))
            return again / max(began, conf.NUMBERS["r_causes"]) >= conf.NUMBERS["r_trip"]
        for who, tab, what, count in second["caused"]:
            if who == self.person:
                self._seen[tab, what] = self._seen.get((tab, what), 0) + count
        if self.rule == "caused-by-event":
            return any(what == "event" for _tab, what in self._seen)
        return any(
            count > (contracts.REPAIRS if what in {"repair", "read"} else 0)
            for (_tab, what), count in self._seen.items()
            if what not in {"event", "gesture"}
        )


def taken(bag: Path) -> Taken | None:
    """None for a bag that is not about what a rule took. Raises Damaged and NotReplayable."""
    said = info(bag)
    if said.get(TRIGGER) not in ROLLBACKS:
        return None
    rule, person = said.get(SEALED_BY, "").removeprefix("auto:"), said.get(PERSON, "")
    if rule in REPLAYED and person:
        return Taken(rule, person)
    if rule in REPLAYED or not rule:
        raise NotReplayable("It does not say which rule took the feature, and from whom.")
    raise NotReplayable(
        f"The rule {shown(rule)!r} took the feature. A bag holds the requests of the last ten seconds, and they do not "
        f"show {UNSEEN.get(rule, 'what this rule looks at')}. What was counted is in data/timeline.json."
    )
