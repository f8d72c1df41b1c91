"""May this stage grow? PASS, FAIL or HOLD, each with its reasons in words. Silence is never a PASS."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from safeguards import conf
from safeguards.models import Flag, StageRun
from safeguards.rollout import baselines, exposure, rehearsal, residents
from safeguards.stages import Stage


class Word(StrEnum):
    PASS = "PASS"  # noqa: S105 - a verdict
    FAIL = "FAIL"
    HOLD = "HOLD"


@dataclass(frozen=True, slots=True)
class Verdict:
    word: Word
    reasons: tuple[str, ...] = ()


def clock_time(at: datetime) -> str:
    """The time of day; with the day, unless it is today."""
    here = localtime(at)
    return date_format(here, "H:i" if here.date() == localtime().date() else "j F Y, H:i")


def stage_of(flag: Flag) -> Stage:
    return Stage(flag.stage) if flag.stage in set(Stage) else Stage.OFF


def running(flag: Flag) -> StageRun | None:
    """The stay in a stage that goes on now."""
    return StageRun.objects.filter(flag=flag, ended_at=None).select_related("baseline").first()


def verdict(run: StageRun) -> Verdict:
    if run.violation:
        return Verdict(Word.FAIL, (run.violation,))
    reasons = tuple(_waits_for(run))
    return Verdict(Word.HOLD, reasons) if reasons else Verdict(Word.PASS)


def _waits_for(run: StageRun) -> list[str]:
    now, reasons = timezone.now(), []
    silent = timedelta(seconds=conf.number("judge_silent_seconds"))
    if baselines.fresh() is None:
        reasons.append(_("There is no baseline of this class of host younger than seven days."))
    if run.judged_at is None or now - run.judged_at > silent:
        reasons.append(_("Nobody has judged it for a while: the server that does so is not running."))
    if not_well := residents.holds(run):
        reasons.append(not_well)
    if trouble := rehearsal.holds(run):
        reasons.append(trouble)
    seen = run.flag.testers.order_by("-seen_at").values_list("seen_at", flat=True)
    newest = max((at for at in seen if at), default=None)
    if newest is None or now - newest > timedelta(seconds=conf.number("tester_silent_seconds")):
        reasons.append(rehearsal.silence(run))
    missing = [f"{bar.name} {bar.seen:g}/{bar.needed:g}" for bar in exposure.bars(run) if not bar.is_full]
    if missing and run.judge_began_at is not None:
        at = clock_time(run.judge_began_at)
        reasons.insert(0, _("The judge was restarted at %(at)s; it starts counting anew.") % {"at": at})
    if missing:
        reasons.append(_("Not seen enough yet: %(missing)s.") % {"missing": ", ".join(missing)})
    return reasons
