"""A stage of a rollout without the half hour that it takes: what has to be seen first is written down by hand.

For measurements and drills, on a server of their own."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from board.models import User
from safeguards import rollout
from safeguards.models import StageRun, Tester
from safeguards.rollout import baselines, enlisting, rehearsal
from safeguards.stages import Stage

SEEN = {"requests": 300, "edits": 20, "reconnects": 1, "tab_episodes": 1}
PATIENT = {"low": 10.0, "mid": 1000.0, "high": 2000.0}  # ms: nothing that follows is too slow for residents
BY = "by hand"


def rehearsed(feature: str, page_ms: dict[str, float] | None = None) -> StageRun:
    """Synthetic people have had it, and all went well: its first tester may be named by the rules of the flag page."""
    baselines.keep({"page_ms": page_ms or PATIENT})
    rollout.off(feature, actor=BY)
    rollout.promote(feature, actor=BY, reason="for a measurement")
    somebody, _is_new = User.objects.get_or_create(username="synthetic-stand-in")
    enlisting.enlist([run for run in rehearsal.staged() if run.flag.name == feature], [somebody])
    seen(feature)
    return StageRun.objects.get(flag__name=feature, ended_at=None, stage=Stage.SYNTHETIC)


def seen(feature: str, **other: Any) -> None:
    """Of the stage that runs all was seen that has to be, except for what `other` says."""
    now = timezone.now()
    said = {"began_at": now - timedelta(minutes=31), "judged_at": now, "residents_at": now} | SEEN
    StageRun.objects.filter(flag__name=feature, ended_at=None).update(**said | other)
    Tester.objects.filter(flag__name=feature).update(seen_at=now)
