"""Canary and control: what those do who test a feature, and what everybody else does. Sums; never who."""

from collections import Counter
from collections.abc import Iterable

from safeguards import flags
from safeguards.causes import causes
from safeguards.resources import gauges

GROUPS = ("canary", "control")
_counted = [0]  # the last second whose requests were


def group_of(key: str) -> str:
    """`key`: a person as the limits know them. Who is not proven to test something is control."""
    kind, _colon, pk = key.partition(":")
    tests = kind == "user" and pk.isdecimal() and flags.tested_by(int(pk))
    return "canary" if tests else "control"


def sample() -> None:
    """Once a second, in the sampler's thread, in memory: the requests that were counted anyway, by group."""
    is_testing = flags.is_testing()
    gauges.report("tested", float(is_testing))
    _counted[0], asked = causes.asked_since(_counted[0])
    if is_testing:
        for key, count in asked.items():
            gauges.count(f"{group_of(key)}_requests", count)


def wrote(key: str) -> None:
    """A change of this person was committed."""
    gauges.count("written")
    if flags.is_testing():
        gauges.count(f"{group_of(key)}_events")


def present(streams: Iterable[str], came_back: Iterable[str]) -> None:
    """Each second while something is tested: of whom each open stream is, and each that came back within a minute."""
    for what, keys in (("streams", streams), ("lost", came_back)):
        counts = dict.fromkeys(GROUPS, 0)
        for key, count in Counter(keys).items():
            counts[group_of(key)] += count
        for group, count in counts.items():
            gauges.report(f"{group}_{what}", count)
