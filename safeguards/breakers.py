"""The breaker of live collaboration: fed by the sampler, asked by streams and pages."""

import logging
import time

from django.conf import settings

from safeguards import conf
from safeguards.kernel.circuit_breaker import CircuitBreaker
from safeguards.kernel.decision import YES, Decision
from safeguards.resources import gauges
from safeguards.resources.sampler import pressure

logger = logging.getLogger(__name__)
WORDS = {
    "cpu": "The server's processor is overloaded",
    "loop_lag": "The server answers too slowly",
    "memory": "The server's memory is nearly full",
}


def _new() -> CircuitBreaker:
    return CircuitBreaker(
        time.monotonic,
        trip=1.0,
        clear=conf.number("cpu_clear") / conf.number("cpu_trip"),
        rest=conf.number("breaker_rest_seconds"),
        calm=conf.number("breaker_calm_seconds"),
    )


live: CircuitBreaker | None = None


def breaker() -> CircuitBreaker:
    global live
    if live is None:
        live = _new()
    return live


def sample() -> None:
    """Once a second, in the sampler's thread."""
    before = breaker().state
    share, monitor = pressure()
    after = breaker().sample(share, WORDS[monitor])
    gauges.report("breaker_open", 0.0 if after in {"closed", "disabled", "half-open"} else 1.0)
    if after != before:
        logger.warning("Live collaboration: %s -> %s (%s at %.2f of its limit)", before, after, monitor, share)


def ask() -> Decision:
    answer = breaker().ask()
    return YES if settings.LADDER == "observe" else answer
