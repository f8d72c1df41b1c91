"""A stage of a rollout without the half hour that it takes: what has to be seen is written down by hand."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from safeguards import rollout
from safeguards.models import StageRun, Tester
from safeguards.rollout import baselines
from safeguards.stages import Stage

FEATURE = "live_board"
SEEN = {"requests": 300, "edits": 20, "reconnects": 1, "tab_episodes": 1}


def begin(username: str = "owner", feature: str = FEATURE) -> StageRun:
    """Its first tester, named by the rules of the flag page."""
    baselines.keep({"page_ms": {"low": 10, "mid": 40, "high": 90}})
    rollout.add(feature, username, actor="admin", reason="first", consented=True, guarded=True)
    return StageRun.objects.get(flag__name=feature, ended_at=None)


def expose(feature: str = FEATURE, **other: Any) -> None:
    """All was seen that has to be, except for what `other` says."""
    now = timezone.now()
    seen = {"began_at": now - timedelta(minutes=31), "judged_at": now, "residents_at": now} | SEEN
    StageRun.objects.filter(flag__name=feature, ended_at=None).update(**seen | other)
    Tester.objects.filter(flag__name=feature).update(seen_at=now)


def promote(feature: str = FEATURE) -> Stage:
    return rollout.promote(feature, actor="admin", reason="on we go")
