"""Settings of a server whose sampler and chores tell what each thing they do costs: gauges `cost_<thread>_<what>`."""

import time
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

from django.apps import AppConfig

from board.proof.sensing_cost import COST
from board.settings import *  # noqa: F403 - it is the product's settings and one app more
from board.settings import INSTALLED_APPS
from safeguards.resources import gauges
from safeguards.resources.steady import Steady

INSTALLED_APPS = [*INSTALLED_APPS, "board.proof.timed.Timed"]
_seconds: Counter[str] = Counter()


class Timed(AppConfig):
    name = "board.proof"
    label = "timed"

    def ready(self) -> None:
        Steady._act = timing(Steady._act)  # type: ignore[method-assign]


def timing(act_all: Any) -> Any:
    def acting(steady: Steady, acts: list[Callable[[], None]]) -> None:
        act_all(steady, [timed(steady.name, act) for act in acts])

    return acting


@cache  # made anew eight times a second, they would cost more than what they time
def timed(thread: str, act: Callable[[], None]) -> Callable[[], None]:
    name = f"{COST}{thread}_{_name(act)}"

    def acting() -> None:
        before = time.thread_time()
        try:
            act()
        finally:
            _seconds[name] += time.thread_time() - before  # type: ignore[assignment]  # a Counter of seconds
            gauges.report(name, _seconds[name])

    return acting


def _name(act: Callable[[], None]) -> str:
    module = act.__module__.rpartition(".")[2]
    return f"{module}.{getattr(act, '__name__', '?')}"
