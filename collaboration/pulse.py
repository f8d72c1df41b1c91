"""Pulses: what people do this moment. Read strictly, merged per tick, the latest wins. Pure."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from collaboration.conf import PULSE_TICKS

ANCHOR = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
KINDS = frozenset({"cursor", "typing", "focus", "editing"})


class Malformed(ValueError):
    """The body is no pulse; the message says why."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """`value`: a place as (anchor, x, y) for a cursor, else an anchor; empty: nowhere any more."""

    kind: str
    anchor: str
    x: float = 0.0
    y: float = 0.0

    @property
    def value(self) -> Any:
        if self.kind != "cursor":
            return self.anchor or None
        return {"anchor": self.anchor, "x": self.x, "y": self.y} if self.anchor else None


def read(body: bytes) -> Pulse:
    """Whatever else the body says, about actors, names or boards, is not looked at. Raises Malformed."""
    try:
        said = json.loads(body, parse_constant=_not_finite)
    except (ValueError, RecursionError) as error:
        raise Malformed("A pulse is one JSON object.") from error
    if not isinstance(said, dict) or not isinstance(said.get("kind"), str) or said["kind"] not in KINDS:
        raise Malformed("A pulse has a kind: cursor, typing, focus or editing.")
    anchor = said.get("anchor")
    if anchor is None:
        return Pulse(said["kind"], "")
    if not isinstance(anchor, str) or not ANCHOR.fullmatch(anchor):
        raise Malformed("An anchor is the id of an element, or null.")
    if said["kind"] != "cursor":
        return Pulse(said["kind"], anchor)
    return Pulse("cursor", anchor, _fraction(said.get("x")), _fraction(said.get("y")))


def _fraction(number: Any) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise Malformed("x and y are numbers from 0 to 1.")
    if isinstance(number, float) and not math.isfinite(number):
        raise Malformed("x and y are finite numbers.")
    return round(float(min(1, max(0, number))), 4)  # clamped before it becomes a float: an int may be huge


def _not_finite(name: str) -> float:
    raise Malformed(f"{name} is not a number.")


@dataclass(slots=True)
class Pace:
    """How much of it goes out; the shedders turn it down."""

    tick: float = PULSE_TICKS[0]
    cursors: bool = True
    typing: bool = True
    detail: bool = True
    fragments: bool = True  # whether changes come with their rendered html

    def takes(self, kind: str) -> bool:
        return {"cursor": self.cursors, "typing": self.typing}.get(kind, self.detail)


class Merge:
    """Per person and kind only the latest; one frame per tick, and none while nothing is new."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self._waiting: dict[str, dict[str, Any]] = {}
        self._took_at = -math.inf

    def put(self, person: str, kind: str, value: Any) -> None:
        self._waiting.setdefault(person, {})[kind] = value

    def wait(self, tick: float) -> float:
        """Seconds until the next frame may go."""
        return max(0.0, self._took_at + tick - self.now())

    def take(self) -> dict[str, dict[str, Any]]:
        self._took_at = self.now()
        taken, self._waiting = self._waiting, {}
        return taken
