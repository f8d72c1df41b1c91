"""Who asks most, who causes most and whom a rule put aside: a few of each worker, told to its supervisor and added up."""

import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

from safeguards import breakers
from safeguards.causes import causes
from safeguards.identity import browser_key

MOST = 10  # of each kind and worker: a few kB of its status
REASON = 80  # characters
Told = dict[str, Any]  # as JSON has it
_last: list[Told] = []


class Loud(NamedTuple):
    """`talkers`: person and browser -> how often by kind; `top`: person, browser and what -> how many requests;
    `aside`: whom -> reason, and until when (epoch seconds). Browsers are named by their keys."""

    talkers: list[tuple[tuple[str, str], dict[str, int]]]
    top: list[tuple[tuple[str, str, str], int]]
    aside: dict[str, tuple[str, float]]


def look() -> None:
    """Called each second by the chores: a flood of people to add up never holds the event loop."""
    _last[:] = [_look()]


def told() -> Told:
    """As of the last look."""
    return _last[0] if _last else {}


def here() -> Loud:
    """Of this process alone, as it is now."""
    return merged([_look()])


def merged(of_workers: Iterable[Told]) -> Loud:
    """What cannot be understood is left out: a worker may tell anything."""
    talkers: dict[tuple[str, str], Counter[str]] = {}
    top: Counter[tuple[str, str, str]] = Counter()
    aside: dict[str, tuple[str, float]] = {}
    for said in of_workers:
        with suppress(TypeError, ValueError, KeyError, AttributeError):
            for person, browser, kinds in said["talkers"]:
                talkers.setdefault((str(person), str(browser)), Counter()).update(
                    {str(kind): int(count) for kind, count in kinds.items()}
                )
            for person, browser, what, count in said["top"]:
                top[str(person), str(browser), str(what)] += int(count)
            for who, reason, until in said["aside"]:
                aside[str(who)] = str(reason), max(float(until), aside.get(str(who), ("", 0.0))[1])
    loudest = sorted(talkers.items(), key=lambda item: item[1].total(), reverse=True)
    return Loud([(who, dict(kinds)) for who, kinds in loudest[:MOST]], top.most_common(MOST), aside)


def _look() -> Told:
    now = time.time()
    aside = sorted(breakers.by_rule().items(), key=lambda item: item[1][1], reverse=True)
    return {
        "talkers": [
            [person, browser_key(browser), kinds] for (person, browser), kinds in causes.talkers(MOST)
        ],
        "top": [
            [person, browser_key(browser), what, count] for (person, browser, what), count in causes.top(MOST)
        ],
        "aside": [[who, reason[:REASON], round(now + left, 1)] for who, (reason, left) in aside[:MOST]],
    }
