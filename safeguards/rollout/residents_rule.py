"""What follows when residents find that a test harms everybody else: the stage that began last goes back."""

from typing import Any

from django.utils.translation import gettext_noop

from safeguards import bags, incidents
from safeguards.models import StageRun
from safeguards.rollout import operations
from safeguards.rollout.residents import RULE

WHY = {
    "slow": gettext_noop("everybody else had to wait longer than usual"),
    "failing": gettext_noop("everybody else got no answer several times in a row"),
}


def roll_back(runs: list[StageRun], finding: str, evidence: dict[str, Any], seconds: float) -> None:
    """The stage that began last goes back: what changed last is suspected first, down to off, before any other one.

    `seconds`: from the first bad act until now."""
    if not runs:
        return
    run = runs[0]
    name, actor, why = run.flag.name, f"auto:{RULE}", WHY[finding]
    done = operations.end_stay(run, actor=actor, reason=why, evidence=evidence)
    if done is None:
        return
    incidents.record(
        "canary-residents",
        {"feature": name, "words": why, "from_stage": done.was, "stage": str(done.stage), **evidence},
    )
    bags.seal_later(
        RULE,
        feature=name,
        stage=done.was,
        by=actor,
        reason=why,
        contained=seconds,
        before=done.before,
    )
