"""The ladder of this process: gauges become pressure, pressure a level, and the level what is left out."""

import logging
import random
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop

from safeguards import blame, breakers, causes, conf, incidents, leases, shedders
from safeguards.explaining import OUTSIDE, Late, behind
from safeguards.identity import browser_key
from safeguards.kernel.decision import YES, Decision
from safeguards.kernel.ladder import Ladder
from safeguards.kernel.pressure import Monitor, Reading
from safeguards.patience import Patience
from safeguards.resources import gauges
from safeguards.rollout import contracts

logger = logging.getLogger(__name__)
ALONE_HOST, ALONE_CPU = 1, 2  # as high as the host's, or our own processor alone may go
patience = Patience(5.0)  # of who wants to be live while the level forbids it
OWN_SHARE = 0.5  # of the host's load: below it, somebody else's work is no reason to shed ours

# Gauge, limit (a name of conf, or a number), warn, trip, clear; what it is called in words, and its runbook.
TABLE: tuple[tuple[str, str | float, float, float, float, str, str], ...] = (
    ("cpu_cores", 1.0, 0.60, 0.85, 0.50, gettext_noop("the server's processor is overloaded"), "cpu-spin"),
    (
        "container_cpu_share",
        1.0,
        0.70,
        0.90,
        0.60,
        gettext_noop("the server's processor is overloaded"),
        "cpu-spin",
    ),
    ("throttled_share", 1.0, 0.05, 0.25, 0.02, gettext_noop("the server is being throttled"), "cpu-spin"),
    ("psi_cpu_some_avg10", 1.0, 0.20, 0.40, 0.10, gettext_noop("work waits for a processor"), "cpu-spin"),
    ("psi_memory_full_avg10", 1.0, 0.01, 0.05, 0.005, gettext_noop("work waits for memory"), "memory"),
    ("rss_share", 1.0, 0.75, 0.90, 0.70, gettext_noop("the server's memory is nearly full"), "memory"),
    ("loop_lag_ms", "lag_ms", 0.2, 1.0, 0.1, gettext_noop("the server answers too slowly"), "blocked-loop"),
    ("fd_share", 1.0, 0.7, 0.9, 0.6, gettext_noop("too many connections are open"), "too-many-open"),
    ("thread_share", 1.0, 0.7, 0.9, 0.6, gettext_noop("too many threads run"), "too-many-open"),
    ("stream_share", 1.0, 0.7, 0.9, 0.6, gettext_noop("too many boards are open"), "too-many-open"),
    ("connection_share", 1.0, 0.7, 0.9, 0.6, gettext_noop("the database is fully used"), "too-many-open"),
    ("r", 1.0, 0.5, 0.9, 0.3, gettext_noop("requests cause one another"), "request-loop"),
    (
        "reconnects_per_stream",
        "reconnects",
        0.5,
        1.0,
        0.25,
        gettext_noop("boards keep reconnecting"),
        "reconnect-storm",
    ),
)
# The host's, unless this container has a quota: then they are its own.
HOST = frozenset({"container_cpu_share", "throttled_share", "psi_cpu_some_avg10"})
# Filled while boards keep their places, whether they are used or not: no more are let in, and nobody is thrown out.
PLACES = frozenset({"fd_share", "thread_share", "stream_share", "connection_share"})
WORDS = {row[0]: row[5] for row in TABLE}
RUNBOOKS = {row[0]: row[6] for row in TABLE}
_made = list[tuple[dict[str, Any], dict[str, Monitor]]]()  # and for which settings


@cache
def ladder() -> Ladder:
    return Ladder(
        time.monotonic, samples=conf.limit("ladder_samples"), dwell=conf.number("ladder_dwell_seconds")
    )


@cache
def late() -> Late:
    return Late()


def monitors() -> dict[str, Monitor]:
    """`PARLEY["<gauge>_warn"]`, `_trip` and `_clear` override the levels."""
    if not _made or _made[0][0] != settings.PARLEY:  # which only tests change
        _made[:] = [(dict(settings.PARLEY), _monitors())]
    return _made[0][1]


def _monitors() -> dict[str, Monitor]:
    made = {}
    for name, limit, warn, trip, clear, _words, _runbook in TABLE:
        levels = [
            settings.PARLEY.get(f"{name}_{level}", default)
            for level, default in (("warn", warn), ("trip", trip), ("clear", clear))
        ]
        most = conf.number(limit) if isinstance(limit, str) else limit
        made[name] = Monitor(name, most, levels[0], levels[1], levels[2])
    return made


def readings(values: dict[str, float]) -> list[Reading]:
    """What each gauge says; one that is not measured here says nothing."""
    made = [
        monitor.reading(values[name], most=_most(name, values))
        for name, monitor in monitors().items()
        if name in values
    ]
    return [reading for reading in made if reading.most > 0]


def sample() -> None:
    """Once a second, in the sampler's thread."""
    _contain(causes.report(_is_contained))
    causes.report(_is_contained)  # what is contained presses no more
    seen = readings(gauges.snapshot())
    before, level = ladder().level, ladder().sample(seen)
    gauges.report("ladder_level", level)
    gauges.report("pressure", max((reading.pressure for reading in seen), default=0.0))
    told_late = late().news(ladder().reason, seen, conf.limit("ladder_samples"))
    if level != before:
        _act(before, level, seen)
    elif settings.LADDER == "act":
        for name in told_late:
            _record(name, level, seen)
    if missing := leases.news():
        logger.error("Safeguard blind: live is off, %s.", missing)
        incidents.record("safeguard-blind", {"missing": missing})


def look() -> None:
    """Between two samples, in the sampler's thread: hundreds of requests that cause one another do not go on until the
    next one. Too few accuse nobody yet."""
    if causes.causes.unseen >= conf.number("r_early"):
        _contain(causes.report(_is_contained))


def ask() -> Decision:
    """May live stay on at this level?"""
    if settings.LADDER == "observe" or ladder().level < conf.limit("live_cutoff_level"):
        patience.is_back()
        return YES
    return Decision(False, "overload", max(ladder().until(), patience.seconds()) + random.uniform(0, 5))


def pause() -> Decision:
    """Until the next level down, and not everybody at once."""
    return Decision(False, "overload", ladder().until() + random.uniform(0, 5))


def level() -> int:
    """As pages and people are told; 0 where nothing is acted on."""
    return 0 if settings.LADDER == "observe" else ladder().level


def words() -> str:
    """Why the level is what it is; empty at level 0."""
    return WORDS.get(ladder().reason, "")


def notice() -> dict[str, Any]:
    """What open streams are told."""
    wait = ladder().until()
    until = datetime.now(UTC) + timedelta(seconds=wait) if wait else None
    return {
        "level": level(),
        "reason": words(),
        "until": until and until.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def reset() -> None:
    """Level 0; for tests."""
    ladder.cache_clear()
    late.cache_clear()
    shedders.to_level(0)


def _most(name: str, values: dict[str, float]) -> int:
    if name in HOST and not values.get("has_quota"):
        return ALONE_HOST if values.get("own_share_of_host", 1.0) >= OWN_SHARE else 0
    if name == "cpu_cores" and values.get("loop_lag_ms", 0.0) < conf.number("lag_ms"):
        return ALONE_CPU
    return ALONE_CPU if name in PLACES | OUTSIDE else 4


def _is_contained(person: str, browser: str) -> bool:
    """Only observed, nobody is held back, and what they cause counts."""
    return settings.LADDER == "act" and breakers.is_aside(person, browser)


def _contain(r: float) -> None:
    """A loop is ended where it runs: at the people who cause it, or, where nobody stands out, at the feature."""
    if r < conf.number("r_trip"):
        return
    loudest = blame.blamed(causes.causes, breakers.is_aside)
    if loudest is None:
        return  # it runs elsewhere, and is ended there
    opened = [person for person in loudest if breakers.quarantine(person, "request-loop")]
    if not loudest and breakers.trip("request-loop"):
        opened = ["live"]
    if opened and settings.LADDER == "act":
        for person in opened:
            contracts.put_aside(person)
        top = [
            ((person, browser_key(browser), what), count)
            for (person, browser, what), count in causes.causes.top(10)
        ]
        incidents.record("request-loop", {"r": r, "top": top, "off_for": opened})


def _act(before: int, after: int, seen: list[Reading]) -> None:
    why = ladder().reason
    acting = settings.LADDER == "act"
    logger.warning(
        "Ladder: level %s -> %s, %s%s", before, after, why or "calm", "" if acting else " (LADDER=observe)"
    )
    gauges.count("ladder_changes")
    if not acting:
        return
    shedders.to_level(after)
    if after > before:
        _record(behind(why, seen), after, seen)


def _record(why: str, level: int, seen: list[Reading]) -> None:
    figures = {reading.name: reading.value for reading in seen if reading.is_warm}
    incidents.record(RUNBOOKS.get(why, "overload"), {"level": level, "figures": figures})
