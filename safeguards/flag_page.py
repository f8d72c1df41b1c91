"""What the flag page shows: who has it, how far it is, how it goes, and whether one person would get it."""

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from safeguards import rollout, stages
from safeguards.flag_rows import LEFT
from safeguards.models import AuditEntry, Flag, StageRun, Tester
from safeguards.rollout import baselines, contracts, exposure, gates, health, offs, residents, verdicts, words
from safeguards.stages import Stage

AUDIT_LINES = 50
NAMES = {
    Stage.OFF: gettext_lazy("Off"),
    Stage.SYNTHETIC: gettext_lazy("Synthetic people"),
    Stage.ONE: gettext_lazy("1 tester"),
    Stage.TWO: gettext_lazy("2 testers"),
    Stage.FOUR: gettext_lazy("4 testers"),
    Stage.EIGHT: gettext_lazy("8 testers"),
    Stage.QUARTER: gettext_lazy("25 % of all people"),
    Stage.EVERYONE: gettext_lazy("Everyone"),
}
SAYS = {
    verdicts.Word.PASS: gettext_lazy("It may grow. Somebody has to decide that."),
    verdicts.Word.HOLD: gettext_lazy("It stays as it is."),
    verdicts.Word.FAIL: gettext_lazy("It was rolled back. Find out why before anybody tests it again."),
}


def known(flag: Flag, asked_for: str) -> dict[str, Any]:
    """`asked_for`: the user name in the explainer's field; empty when nobody asks."""
    standing = words.standing(flag)
    stage, run = standing.stage, _shown(flag, standing.stage)
    # What everybody has grows no further.
    verdict = rollout.verdict(run) if run is not None and stage is not Stage.EVERYONE else None
    ahead = stages.after(stage)
    return {
        "sentence": standing.sentence,
        "last_day": flag.expires_at and localtime(flag.expires_at - timedelta(seconds=1)),
        "notices": rollout.notices(flag),
        "stages": _ladder(standing),
        "stage": stage,
        "place": gates.place(flag),
        "run": run,
        "verdict": verdict,
        "says": SAYS[verdict.word] if verdict else "",
        "bars": exposure.bars(run) if verdict and run is not None and run.ended_at is None else [],
        "lights": _lights(flag, run),
        "residents": residents.light(run) if run is not None and stage is not Stage.EVERYONE else None,
        "baseline": baselines.fresh(),
        "next": NAMES[ahead] if ahead else "",
        "back": NAMES[stages.before(stage)],
        "testers": _testers(flag),
        "off_took": offs.said(flag),
        "room": stages.capacity(stage) or 1,
        "asked_for": asked_for[:150],
        "explained": _explained(flag, asked_for[:150]) if asked_for else "",
        "entries": AuditEntry.objects.filter(subject=flag.name)[:AUDIT_LINES],
    }


def _shown(flag: Flag, stage: Stage) -> StageRun | None:
    """The stay that goes on; while it is off, the last one if that ended in a rollback."""
    if stage is not Stage.OFF:
        return rollout.running(flag)
    run = flag.runs.select_related("baseline").first()
    return run if run is not None and run.violation else None


def _ladder(standing: words.Standing) -> list[dict[str, Any]]:
    at = stages.LADDER.index(standing.stage)
    is_idle = not standing.is_given and standing.stage is not Stage.OFF
    now = {"state": "idle" if is_idle else "now", "note": _("nobody has it now") if is_idle else ""}
    return [
        {"name": NAMES[stage]} | (now if number == at else {"state": "done" if number < at else "ahead"})
        for number, stage in enumerate(stages.LADDER)
    ]


def _testers(flag: Flag) -> list[tuple[Tester, health.Health]]:
    before = health.rolled_back(flag)
    rows = flag.testers.exclude(added_by=LEFT).select_related("user").order_by("since")
    return [(row, health.of(row, before.get(row.user.get_username()))) for row in rows]


def _lights(flag: Flag, run: StageRun | None) -> list[dict[str, Any]]:
    """Each contract, and whether it was broken since this stage began."""
    broken: set[str] = set()
    if run is not None:
        entries = AuditEntry.objects.filter(subject=flag.name, actor_kind="auto", at__gte=run.began_at)
        broken = {actor.removeprefix("auto:") for actor in entries.values_list("actor", flat=True)}
    return [
        {"rule": rule, "words": _(meaning), "is_broken": rule in broken}
        for rule, meaning in contracts.RULES.items()
    ]


def _explained(flag: Flag, username: str) -> str:
    person = get_user_model().objects.filter(username=username.replace("\0", "")).first()
    if person is None:
        return _("There is no account with this name.")
    said = words.explain(flag, person)
    if said.startswith(_("Yes")) and not words.is_on_now(flag, person):
        return f"{said} {_('At this moment the safeguards keep it from them.')}"
    return said
