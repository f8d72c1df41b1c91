"""May this stage grow? PASS, FAIL or HOLD, each with its reasons in words. Silence is never a PASS."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from safeguards import conf, stages
from safeguards.models import Flag, StageRun
from safeguards.rollout import baselines, exposure, people, rehearsal, residents
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
    """What everybody has or nobody is in no stage between, whatever else the row says."""
    if flag.everyone is not None:
        return Stage.EVERYONE if flag.everyone else Stage.OFF
    return Stage(flag.stage) if flag.stage in set(Stage) else Stage.OFF


def is_expired(flag: Flag) -> bool:
    """Then it is off for everybody, whatever its stage."""
    return flag.expires_at is not None and flag.expires_at <= timezone.now()


def running(flag: Flag) -> StageRun | None:
    """The stay in a stage that goes on now."""
    return StageRun.objects.filter(flag=flag, ended_at=None).select_related("baseline").first()


def verdict(run: StageRun) -> Verdict:
    if run.violation:
        return Verdict(Word.FAIL, (run.violation,))
    reasons = tuple(_waits_for(run))
    return Verdict(Word.HOLD, reasons) if reasons else Verdict(Word.PASS)


def _waits_for(run: StageRun) -> list[str]:
    return [*_lacks(run), *_silent(run), *_too_few(run), *_too_little(run)]


def _lacks(run: StageRun) -> list[str]:
    """What has to be there at all."""
    reasons = []
    if is_expired(run.flag):
        reasons.append(_("It has expired, and is off for everybody."))
    if baselines.fresh() is None:
        reasons.append(_("There is no baseline of this class of host younger than seven days."))
    return reasons


def _silent(run: StageRun) -> list[str]:
    """Who does not say that all is well."""
    now, reasons = timezone.now(), []
    if run.judged_at is None or now - run.judged_at > timedelta(seconds=conf.number("judge_silent_seconds")):
        reasons.append(_("Nobody has judged it for a while: the server that does so is not running."))
    reasons += filter(None, (residents.holds(run), rehearsal.holds(run)))
    seen = run.flag.testers.order_by("-seen_at").values_list("seen_at", flat=True)
    newest = max((at for at in seen if at), default=None)
    if newest is None or now - newest > timedelta(seconds=conf.number("tester_silent_seconds")):
        reasons.append(rehearsal.silence(run))
    return reasons


def _too_little(run: StageRun) -> list[str]:
    missing = [f"{bar.name} {bar.seen:g}/{bar.needed:g}" for bar in exposure.bars(run) if not bar.is_full]
    if not missing:
        return []
    said = [_("Not seen enough yet: %(missing)s.") % {"missing": ", ".join(missing)}]
    if run.judge_began_at is None:
        return said
    at = clock_time(run.judge_began_at)
    return [_("The judge was restarted at %(at)s; it starts counting anew.") % {"at": at}, *said]


def _too_few(run: StageRun) -> list[str]:
    """A stage for four is not passed by one who does what four should."""
    needed = stages.TESTERS.get(stage_of(run.flag), 0)
    lacking = needed - people.named(run.flag).count()
    said = []
    if lacking > 0:
        said.append(
            ngettext(
                "This stage is for %(needed)s: add %(lacking)s tester more.",
                "This stage is for %(needed)s: add %(lacking)s testers more.",
                lacking,
            )
            % {"needed": needed, "lacking": lacking}
        )
    if needed and (unseen := people.unseen(run)):
        said.append(_("Not there yet since this stage began: %(names)s.") % {"names": ", ".join(unseen)})
    return said
