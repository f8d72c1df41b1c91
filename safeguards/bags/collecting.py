"""What the rooms above put into a bag; they register how to collect it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

BEFORE_SECONDS, AFTER_SECONDS = 300.0, 120.0


@dataclass(frozen=True, slots=True)
class Window:
    """The time that a bag is about; `feature` and `trigger` as it was sealed with."""

    since: datetime
    until: datetime
    feature: str = ""
    trigger: str = ""


Collect = Callable[[Window], Iterable[dict[str, Any]]]
_collectors: dict[str, Collect] = {}


def register(name: str, collect: Collect) -> None:
    """From now on bags hold `data/<name>.jsonl`: one line per document, what matters most first.

    `collect` may use the database; it is called in a thread of its own, and what it raises costs only its part."""
    _collectors[name] = collect


def registered() -> dict[str, Collect]:
    return dict(_collectors)
