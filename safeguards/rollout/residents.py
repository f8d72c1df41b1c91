"""What synthetic residents say about a stage: the effect of a test on everybody else."""

from datetime import timedelta
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from safeguards import conf
from safeguards.models import Baseline, StageRun
from safeguards.rollout import baselines
from safeguards.rollout.block_test import Block, Bounds
from safeguards.stages import Stage

RULE = "canary-residents"
SENT_TO_HTTPS = gettext_lazy(
    "Residents and synthetic people are sent to https again and again: a proxy speaks it for this server, which does "
    "not know that. Set TRUSTED_PROXIES to the number of proxies in front of it."
)
TROUBLES = {
    "https": SENT_TO_HTTPS,
    "turned-away": gettext_lazy(
        "The residents are turned away by name; they move, and try again in half a minute."
    ),
}
FIGURE = "page_ms"  # of a baseline: what its residents saw


class Light(NamedTuple):
    """`word`: PASS, FAIL or HOLD, with `words` that say why and what was measured."""

    word: str
    words: str


def watched() -> list[StageRun]:
    """The stays they live beside, the one that began last first. What the shell gave directly is nobody's test."""
    not_tested = Q(flag__stage__in=("", Stage.OFF, Stage.EVERYONE)) | Q(flag__expires_at__lte=timezone.now())
    runs = StageRun.objects.filter(ended_at=None, guarded=True).exclude(not_tested)
    return list(runs.select_related("flag").order_by("-began_at", "-pk"))


def bounds() -> Bounds:
    return Bounds(
        conf.number("residents_block_seconds"),
        conf.limit("residents_blocks"),
        conf.limit("residents_failures"),
    )


def usual(baseline: Baseline | None) -> dict[str, float] | None:
    """Low, mid and high of an answer in ms; None where no baseline says."""
    figures = baseline.figures if baseline is not None and isinstance(baseline.figures, dict) else {}
    try:
        return {name: float(figures[FIGURE][name]) for name in ("low", "mid", "high")}
    except (KeyError, TypeError, ValueError):
        return None


def tell(runs: list[StageRun], block: Block) -> None:
    """What a block has shown, for the judge and the flag page."""
    mine = StageRun.objects.filter(pk__in=[run.pk for run in runs], ended_at=None)
    mine.update(residents=block.figures(), residents_at=timezone.now())


def turned_away(runs: list[StageRun], trouble: str) -> None:
    """They were not let in: one of TROUBLES. Silence would not say why."""
    mine = StageRun.objects.filter(pk__in=[run.pk for run in runs], ended_at=None)
    mine.update(residents={"trouble": trouble}, residents_at=timezone.now())


def holds(run: StageRun) -> str:
    """Why what the residents say is no PASS; empty when it is one. Silence is none."""
    if not run.guarded:
        return _(
            "Given directly with the shell: no residents live beside it. Switch it off and name testers here."
        )
    if usual(baselines.fresh()) is None:
        return _("The baseline does not say what residents usually see. Record one anew.")
    if run.residents_at is None:
        return _("The residents have not said anything about this stage yet.")
    if timezone.now() - run.residents_at > timedelta(seconds=conf.number("residents_silent_seconds")):
        return _("The residents have been silent for a while; silence proves nothing.")
    if trouble := TROUBLES.get(run.residents.get("trouble", "")):
        return str(trouble)
    if run.residents.get("slow_in_a_row"):
        return _("The residents have to wait longer than usual: %(count)s of %(most)s blocks in a row.") % {
            "count": run.residents["slow_in_a_row"],
            "most": conf.limit("residents_blocks"),
        }
    return ""


def is_young(run: StageRun) -> bool:
    """They need not have said anything yet."""
    return timezone.now() - run.began_at < timedelta(seconds=conf.number("residents_silent_seconds"))


def light(run: StageRun) -> Light:
    """For the flag page."""
    if run.ended_by == f"auto:{RULE}":
        return _light("FAIL", run, f"{run.violation.capitalize()}.")
    before = StageRun.objects.filter(flag=run.flag, pk__lt=run.pk).first()
    if run.residents_at is None and before is not None and before.ended_by == f"auto:{RULE}":
        return _light(
            "FAIL", before, _("The stage before was taken back: %(why)s.") % {"why": before.violation}
        )
    why = holds(run)
    return _light("HOLD" if why else "PASS", run, why or _("Everybody else notices nothing."))


def _light(word: str, run: StageRun, said: str) -> Light:
    return Light(word, " ".join(filter(None, (said, measured(run)))))


def measured(run: StageRun) -> str:
    """The last block against the band of the baseline; empty before the first."""
    seen, band = run.residents, usual(run.baseline)
    if "acts" not in seen:
        return ""
    said = _(
        "In the last block of %(acts)s acts: median %(median)s, p99 %(p99)s, %(failed)s failed; "
        "too slow from %(most).0f ms."
    ) % {
        "acts": seen["acts"],
        "median": _ms(seen["median_ms"]),
        "p99": _ms(seen["p99_ms"]),
        "failed": seen["failed"],
        "most": seen["most_ms"],
    }
    return f"{said} {_('Usual: %(low).0f to %(high).0f ms.') % band}" if band else said


def _ms(value: float | None) -> str:
    return _("no answer") if value is None else f"{value:.0f} ms"
