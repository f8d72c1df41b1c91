"""Bounds: what was measured, against what it may be."""

import time
from collections.abc import Callable
from typing import Any

from board.proof.containment import NEVER


class Bounds:
    def __init__(self) -> None:
        self.bounds: dict[str, dict[str, Any]] = {}

    def bound(
        self, what: str, value: Any, *, at_most: Any = None, at_least: Any = None, equals: Any = None
    ) -> None:
        """Write down one bound and whether it held; None was not measured and holds no bound."""
        limits = []
        ok = value is not None
        if at_most is not None:
            ok = ok and value <= at_most
            limits.append(f"<= {_short(at_most)}")
        if at_least is not None:
            ok = ok and value >= at_least
            limits.append(f">= {_short(at_least)}")
        if equals is not None:
            ok = ok and value == equals
            limits.append(f"= {equals}")
        self.bounds[what] = {"value": _short(value), "limit": ", ".join(limits), "ok": bool(ok)}

    def takes(
        self,
        what: str,
        true: Callable[[], Any],
        *,
        at_most: float,
        patience: float = 0.0,
        every: float = 0.02,
    ) -> float:
        """Bound the seconds until something is true; NEVER when it is not within `patience`."""
        took = wait(true, patience or 1.5 * at_most, every)
        self.bound(what, took, at_most=at_most)
        return took


def wait(true: Callable[[], Any], seconds: float, every: float = 0.02) -> float:
    """Seconds until it was true, else NEVER."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        if true():
            return passed
        time.sleep(every)  # another process brings it about, and does not tell
    return NEVER


def until(true: Callable[[], Any], seconds: float, what: str, every: float = 0.02) -> float:
    """The same for what a drill cannot go on without. Raises AssertionError."""
    took = wait(true, seconds, every)
    if took == NEVER:
        raise AssertionError(f"not within {seconds:g} s: {what}")
    return took


def _short(value: Any) -> Any:
    if value == NEVER:
        return "never"
    return round(value, 3) if isinstance(value, float) else value
