"""The breakers of live collaboration: one of the whole feature, and one of each person whose requests run away."""

import logging
import random
import time
from collections import OrderedDict
from functools import cache

from django.conf import settings

from safeguards import conf
from safeguards.identity import browser_key
from safeguards.kernel.circuit_breaker import CircuitBreaker, State
from safeguards.kernel.decision import YES, Decision

logger = logging.getLogger(__name__)
PEOPLE = 1_000  # the oldest quarantine is forgotten first; one that runs away again is seen again
_people: OrderedDict[str, CircuitBreaker] = OrderedDict()
_by_hand: set[str] = set()  # quarantined by a person's word, which counts where rules only observe
_versions = [0]


@cache
def breaker() -> CircuitBreaker:
    """Of the feature: fed by what becomes of streams, tripped by R. `PARLEY["breaker"]`: a person's own word."""
    made, said = make(), settings.PARLEY.get("breaker", "")
    if said == State.FORCED_OPEN:
        made.force_open("forced")
    elif said == State.DISABLED:
        made.disable()
    return made


def make() -> CircuitBreaker:
    return CircuitBreaker(
        time.monotonic,
        rest=conf.number("breaker_rest_seconds"),
        clean=conf.number("breaker_clean_seconds"),
        probes=conf.limit("breaker_probes"),
        spread=lambda: random.uniform(0.8, 1.2),
    )


def ask() -> Decision:
    """May what is live stay so?"""
    return YES if settings.LADDER == "observe" else breaker().ask()


def attempt(key: str) -> Decision:
    """May one more stream open?"""
    return YES if settings.LADDER == "observe" else breaker().attempt(key)


def stumbled() -> None:
    """A call failed before anybody could be let in; while half-open that says nothing about the probe."""
    if breaker().state is State.CLOSED:
        breaker().attempt("")
        breaker().failed("")


def trip(reason: str, seconds: float | None = None) -> bool:
    """Off for everybody for a while. Whether this opened it."""
    opened = breaker().trip(reason, seconds)
    _changed(opened, f"everybody: {reason}")
    return opened


def quarantine(person: str, reason: str, seconds: float | None = None, *, by_hand: bool = False) -> bool:
    """Off for one person for a while, or for so many seconds. Whether this began it."""
    if person not in _people:
        _people[person] = make()
        if len(_people) > PEOPLE:
            _by_hand.discard(_people.popitem(last=False)[0])
    opened = _people[person].trip(reason, seconds)
    if by_hand:
        _by_hand.add(person)
    _changed(opened, f"{person}: {reason}")
    return opened


def ask_person(person: str) -> Decision:
    """Asked for every open stream: most people have no breaker at all."""
    known = _people.get(person)
    observed = settings.LADDER == "observe" and person not in _by_hand
    return YES if known is None or observed else known.ask()


def is_quarantined(person: str) -> bool:
    known = _people.get(person)
    return known is not None and not known.ask().allowed


def is_aside(person: str, browser: str) -> bool:
    """One of the two is in quarantine. `browser`: as its cookie names it."""
    return is_quarantined(person) or is_quarantined(browser_key(browser))


def quarantined() -> dict[str, tuple[str, float]]:
    """Person -> reason and seconds left."""
    return {
        person: (known.reason, known.until())
        for person, known in list(_people.items())
        if not known.ask().allowed
    }


def by_rule() -> dict[str, tuple[str, float]]:
    """Of those, whom no person put there."""
    return {person: said for person, said in quarantined().items() if person not in _by_hand}


def release(person: str) -> None:
    """A person decided that it was enough."""
    _people.pop(person, None)
    _by_hand.discard(person)
    _versions[0] += 1


def version() -> int:
    """Counts up with every trip and quarantine."""
    return _versions[0]


def reset() -> None:
    """All closed, nobody quarantined; for tests."""
    breaker.cache_clear()
    _people.clear()
    _by_hand.clear()


def _changed(opened: bool, what: str) -> None:
    if opened:
        _versions[0] += 1
        acting = "" if settings.LADDER == "act" else " (LADDER=observe: not acted on)"
        logger.warning("Live collaboration is off for a while for %s%s", what, acting)
