"""May this stage grow? PASS, FAIL or HOLD, each with its reasons in words. Silence is never a PASS."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from safeguards import conf, stages
from safeguards.flag_rows import LEFT
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


class Seen(NamedTuple):
    """What is known of a stay. `judged`, `tester`: how many seconds ago the judge looked, and one of them was there."""

    violation: str
    has_baseline: bool
    judged: float | None
    tester: float | None
    residents: str  # why what they say is no PASS
    missing: tuple[str, ...]  # what was not seen enough of
    expired: bool = False
    rehearsal: str = ""  # why what the synthetic people do is no PASS
    silence: str = ""  # what to say while no tester is there, if it is not the usual
    lacking: tuple[str, ...] = ()  # testers who should be there
    judge_began: str = ""  # when it was started again, and forgot


def verdict(run: StageRun) -> Verdict:
    return judged(_seen(run))


def judged(seen: Seen) -> Verdict:
    """Asks nobody."""
    if seen.violation:
        return Verdict(Word.FAIL, (seen.violation,))
    reasons = tuple(_waits_for(seen))
    return Verdict(Word.HOLD, reasons) if reasons else Verdict(Word.PASS)


def _seen(run: StageRun) -> Seen:
    newest = run.flag.testers.exclude(added_by=LEFT).aggregate(at=Max("seen_at"))["at"]
    return Seen(
        violation=run.violation,
        has_baseline=baselines.fresh() is not None,
        judged=_age(run.judged_at),
        tester=_age(newest),
        residents=residents.holds(run),
        missing=tuple(
            f"{bar.name} {bar.seen:g}/{bar.needed:g}" for bar in exposure.bars(run) if not bar.is_full
        ),
        expired=is_expired(run.flag),
        rehearsal=rehearsal.holds(run),
        silence=rehearsal.silence(run),
        lacking=tuple(_too_few(run)),
        judge_began=clock_time(run.judge_began_at) if run.judge_began_at else "",
    )


def _waits_for(seen: Seen) -> Iterator[str]:
    if seen.expired:
        yield _("It has expired, and is off for everybody.")
    if not seen.has_baseline:
        yield _("There is no baseline of this class of host younger than seven days.")
    if seen.judged is None or seen.judged > conf.number("judge_silent_seconds"):
        yield _("Nobody has judged it for a while: the server that does so is not running.")
    yield from filter(None, (seen.residents, seen.rehearsal))
    if seen.tester is None or seen.tester > conf.number("tester_silent_seconds"):
        yield seen.silence or str(rehearsal.SILENCE)
    yield from seen.lacking
    if not seen.missing:
        return
    if seen.judge_began:
        yield _("The judge was restarted at %(at)s; it starts counting anew.") % {"at": seen.judge_began}
    yield _("Not seen enough yet: %(missing)s.") % {"missing": ", ".join(seen.missing)}


def _too_few(run: StageRun) -> Iterator[str]:
    """A stage for four is not passed by one who does what four should."""
    needed = stages.TESTERS.get(stage_of(run.flag), 0)
    lacking = needed - people.named(run.flag).count()
    if lacking > 0:
        said = ngettext(
            "This stage is for %(needed)s: add %(lacking)s tester more.",
            "This stage is for %(needed)s: add %(lacking)s testers more.",
            lacking,
        )
        yield said % {"needed": needed, "lacking": lacking}
    if needed and (unseen := people.unseen(run)):
        yield _("Not there yet since this stage began: %(names)s.") % {"names": ", ".join(unseen)}


def _age(at: datetime | None) -> float | None:
    return None if at is None else (timezone.now() - at).total_seconds()
