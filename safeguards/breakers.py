"""The breaker of live collaboration: fed by the sampler, asked by streams and pages."""

import logging
import random
import time
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.translation import gettext_noop

from safeguards import conf
from safeguards.kernel.circuit_breaker import CircuitBreaker, State
from safeguards.kernel.decision import YES, Decision
from safeguards.resources import gauges

logger = logging.getLogger(__name__)
OFF = frozenset({State.OPEN, State.FORCED_OPEN})


@dataclass(frozen=True, slots=True)
class Monitor:
    """A gauge that trips at one level and is calm only below another."""

    gauge: str
    trip: str
    clear: str
    words: str


MONITORS = (
    Monitor("cpu_cores", "cpu_trip", "cpu_clear", gettext_noop("The server's processor is overloaded")),
    Monitor("loop_lag_ms", "lag_trip_ms", "lag_clear_ms", gettext_noop("The server answers too slowly")),
    Monitor("rss_share", "rss_trip", "rss_clear", gettext_noop("The server's memory is nearly full")),
)


@cache
def breaker() -> CircuitBreaker:
    return CircuitBreaker(
        time.monotonic,
        strikes=conf.limit("breaker_strikes"),
        rest=conf.number("breaker_rest_seconds"),
        calm=conf.number("breaker_calm_seconds"),
        probes=conf.limit("breaker_probes"),
        spread=lambda: random.uniform(0.8, 1.2),
    )


def sample() -> None:
    """Once a second, in the sampler's thread."""
    values = gauges.snapshot()
    worst = max(MONITORS, key=lambda monitor: values.get(monitor.gauge, 0.0) / conf.number(monitor.trip))
    level = values.get(worst.gauge, 0.0)
    calm = all(values.get(monitor.gauge, 0.0) <= conf.number(monitor.clear) for monitor in MONITORS)
    before = breaker().state
    after = breaker().sample(hot=level >= conf.number(worst.trip), calm=calm, reason=worst.words)
    gauges.report("breaker_open", float(after in OFF))
    if after != before:
        gauges.count("breaker_changes")
        acting = "" if settings.LADDER == "act" else " (LADDER=observe: not acted on)"
        logger.warning(
            "Live collaboration: %s -> %s, %s is %.2f%s", before, after, worst.gauge, level, acting
        )


def ask() -> Decision:
    """May what is live stay so?"""
    return YES if settings.LADDER == "observe" else breaker().ask()


def admit() -> Decision:
    """May one more stream open?"""
    return YES if settings.LADDER == "observe" else breaker().admit()
