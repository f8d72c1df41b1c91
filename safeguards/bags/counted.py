"""Seconds of requests that were counted, as plain documents: checked, put together, and told as a tree.

All processes of a machine count on one clock, so that what they counted in one second belongs together."""

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Any, TypeVar

from safeguards.counting import WINDOW_SECONDS

Second = dict[str, Any]
Key = TypeVar("Key", bound=Hashable)
ROWS = 100  # of each kind in one second, the most frequent ones; the others count together
PEOPLE = 200  # in a tree, the loudest
MOST = 200_000  # requests of one bag
LATEST = 10**10  # seconds on a clock that begins with its machine
TEXT = 200  # characters of a person, a browser or a kind


def is_second(second: Any) -> bool:
    """Whether it has the shape that `Second`s have; a bag or another process may say anything."""
    return (
        isinstance(second, dict)
        and _is_count(second.get("at"), LATEST)
        and _is_count(second.get("causes", 0), MOST)
        and _are_rows(second.get("caused"), 3)
        and _are_rows(second.get("requests"), 4)
    )


def second(
    at: int, causes: int, caused: Iterable[tuple[Any, int]], requests: Iterable[tuple[Any, int]]
) -> Second:
    """`caused` and `requests`: keys of three and four texts, with how often; the most frequent first."""
    return {
        "at": at,
        "causes": causes,
        "caused": [[*key, n] for key, n in _few(caused, lambda _key: ("others", "", ""))],
        "requests": [[*key, n] for key, n in _few(requests, lambda key: ("others", "", *key[2:]))],
    }


def together(of_processes: Iterable[list[Second]], last: int) -> list[Second]:
    """The seconds of a whole window until `last`, as if one process had counted them; oldest first."""
    causes, caused, requests = Counter[int](), dict[int, Counter[Any]](), dict[int, Counter[Any]]()
    for one in (second for seconds in of_processes for second in seconds):
        at = one["at"]
        if not last - WINDOW_SECONDS < at <= last:
            continue
        causes[at] += one.get("causes", 0)
        for name, sums in (("caused", caused), ("requests", requests)):
            counter = sums.setdefault(at, Counter())
            for *key, n in one[name]:
                counter[tuple(key)] += n
    return [
        second(at, causes[at], caused[at].most_common(), requests[at].most_common()) for at in sorted(caused)
    ]


def tree(seconds: list[Second]) -> dict[str, Any]:
    """R, the causes, and who brings about most: person -> browser -> what -> how many requests."""
    total = Counter[tuple[str, str, str]]()
    for one in seconds:
        for who, tab, what, n in one["caused"]:
            total[who, tab, what] += n
    top: dict[str, dict[str, dict[str, int]]] = {}
    for (who, tab, what), n in total.most_common(PEOPLE):
        top.setdefault(who, {}).setdefault(tab, {})[what] = n
    causes = sum(one.get("causes", 0) for one in seconds)
    caused = total.total()
    return {"r": round(caused / causes if causes else float(caused), 3), "causes": causes, "top": top}


def _few(rows: Iterable[tuple[Key, int]], other: Any) -> list[tuple[Key, int]]:
    few: Counter[Any] = Counter()
    for key, n in rows:
        few[key if key in few or len(few) < ROWS else other(key)] += n
    return list(few.items())


def _are_rows(rows: Any, texts: int) -> bool:
    return isinstance(rows, list) and all(
        isinstance(row, list)
        and len(row) == texts + 1
        and all(isinstance(text, str) and len(text) <= TEXT for text in row[:texts])
        and _is_count(row[texts], MOST)
        for row in rows
    )


def _is_count(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
