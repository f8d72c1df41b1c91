"""May this stage grow? PASS, FAIL or HOLD, each with its reasons in words. Silence is never a PASS."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from safeguards import conf
from safeguards.models import Flag, StageRun
from safeguards.rollout import baselines, exposure, residents


class Word(StrEnum):
    PASS = "PASS"  # noqa: S105 - a verdict
    FAIL = "FAIL"
    HOLD = "HOLD"


@dataclass(frozen=True, slots=True)
class Verdict:
    word: Word
    reasons: tuple[str, ...] = ()


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


def verdict(run: StageRun) -> Verdict:
    return judged(_seen(run))


def judged(seen: Seen) -> Verdict:
    """Asks nobody."""
    if seen.violation:
        return Verdict(Word.FAIL, (seen.violation,))
    reasons = tuple(_waits_for(seen))
    return Verdict(Word.HOLD, reasons) if reasons else Verdict(Word.PASS)


def _seen(run: StageRun) -> Seen:
    newest = run.flag.testers.aggregate(at=Max("seen_at"))["at"]
    return Seen(
        violation=run.violation,
        has_baseline=baselines.fresh() is not None,
        judged=_age(run.judged_at),
        tester=_age(newest),
        residents=residents.holds(run),
        missing=tuple(
            f"{bar.name} {bar.seen:g}/{bar.needed:g}" for bar in exposure.bars(run) if not bar.is_full
        ),
    )


def _waits_for(seen: Seen) -> Iterator[str]:
    if not seen.has_baseline:
        yield _("There is no baseline of this class of host younger than seven days.")
    if seen.judged is None or seen.judged > conf.number("judge_silent_seconds"):
        yield _("Nobody has judged it for a while: the server that does so is not running.")
    if seen.residents:
        yield seen.residents
    if seen.tester is None or seen.tester > conf.number("tester_silent_seconds"):
        yield _("No tester was there lately; silence proves nothing.")
    if seen.missing:
        yield _("Not seen enough yet: %(missing)s.") % {"missing": ", ".join(seen.missing)}


def _age(at: datetime | None) -> float | None:
    return None if at is None else (timezone.now() - at).total_seconds()
