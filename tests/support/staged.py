"""A stage of a rollout without the half hour that it takes."""

import json
import time
from typing import Any

from board.proof.staged import SEEN, rehearsed, seen
from safeguards import rollout
from safeguards.models import Flag, StageRun
from safeguards.stages import Stage

__all__ = [
    "FEATURE",
    "SEEN",
    "add",
    "begin",
    "expose",
    "flag",
    "promote",
    "rehearsed",
    "two_testers",
    "workers",
]
FEATURE = "live_board"
USUAL = {"low": 10.0, "mid": 40.0, "high": 90.0}


def flag() -> Flag:
    return Flag.objects.get(name=FEATURE)


def begin(username: str = "owner", feature: str = FEATURE) -> StageRun:
    """Its first tester, named by the rules of the flag page."""
    rehearsed(feature, USUAL)
    add(username, feature)
    return StageRun.objects.get(flag__name=feature, ended_at=None)


def add(username: str, feature: str = FEATURE) -> None:
    rollout.add(feature, username, actor="admin", reason="first", consented=True, guarded=True)


def expose(feature: str = FEATURE, **other: Any) -> None:
    seen(feature, **other)


def promote(feature: str = FEATURE) -> Stage:
    return rollout.promote(feature, actor="admin", reason="on we go")


def two_testers() -> None:
    """The first has shown enough, and the observer came as the second."""
    begin()
    expose()
    promote()
    add("observer")


def workers(settings: Any, *gauges: dict[str, float]) -> None:
    """What the supervisor says of its workers."""
    told = {"at": time.time(), "workers": [{"gauges": each} for each in gauges]}
    (settings.DATA_DIR / "run" / "status.json").write_text(json.dumps(told))
