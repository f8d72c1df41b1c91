"""The breaker of live opens by itself and closes again: either is written down, once per opening and process."""

import os
from typing import NamedTuple

from django.conf import settings

from safeguards import breakers, incidents
from safeguards.kernel.circuit_breaker import State
from safeguards.resources import gauges

RECYCLED = "recycled"  # a worker begins so after its supervisor has written down why
LOOP = "request-loop"  # whoever trips it for this has written that down


class Opening(NamedTuple):
    """`at`: when it was seen, on the breaker's clock; `rule`: what it was written down as."""

    at: float
    rule: str


_now: list[Opening] = []  # empty while it is closed


def look() -> None:
    """Once a second, in the sampler's thread, in memory: no rest is shorter. A probe that fails is the same opening."""
    breaker = breakers.breaker()
    breaker.ask()  # time alone may have moved it
    state, reason = breaker.state, breaker.reason
    gauges.report("breaker_open", state in {State.OPEN, State.FORCED_OPEN})
    if settings.LADDER == "observe":
        return  # nobody loses anything
    if state is State.OPEN and not _now and reason != RECYCLED:
        _now.append(Opening(breaker.now(), LOOP if reason == LOOP else "breaker-open"))
        if reason != LOOP:
            said = {"worker": os.getpid(), "did": "live is off for everybody", "reason": reason}
            incidents.record("breaker-open", said | {"rest_s": round(breaker.until(), 1)})
    elif state is State.CLOSED and _now:
        began = _now.pop()
        said = {"worker": os.getpid(), "did": "live is back for everybody"}
        incidents.record(began.rule, said | {"after_s": round(breaker.now() - began.at, 1)}, ends=True)


def reset() -> None:
    """Nothing is open; for tests."""
    _now.clear()
