"""How long a feature that was switched off took until the last stream that had it was closed: measured, not promised."""

import logging
import threading
import time
from datetime import UTC, datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from safeguards import latency
from safeguards.flag_rows import LEFT
from safeguards.models import Flag, StageRun, Tester
from safeguards.rollout.verdicts import clock_time
from safeguards.stages import SYNTHETIC, Stage

logger = logging.getLogger(__name__)
PATIENCE_SECONDS = (
    30.0  # what ends later than this has another reason; and so long a rule may write before the row
)
TOGETHER_SECONDS = 1.0  # who loses it as a stay is taken back, loses it in the same transaction
Key = tuple[str, int]  # feature, person
_ended: dict[Key, tuple[int, float]] = {}  # streams of this process, and when the last one ended
_lock = threading.Lock()


def ended(feature: str, pk: int) -> None:
    """A stream was closed because its person has this no more."""
    with _lock:
        count, _at = _ended.get((feature, pk), (0, 0.0))
        _ended[feature, pk] = (count + 1, time.time())


def flush() -> None:
    """Write down what was measured; called each second by the chores. Never raises."""
    for key, told in list(_ended.items()):
        try:
            if _write(key, *told) or time.time() - told[1] > PATIENCE_SECONDS:
                _forget(key, told)
        except DatabaseError:
            logger.exception("How long %s took to be off could not be written down.", key[0])


def said(flag: Flag) -> str:
    """About the last time, in words."""
    run = flag.runs.filter(off_seconds__isnull=False, was_taken_back=True).first()
    left = flag.testers.filter(off_seconds__isnull=False, added_by=LEFT)
    last = left.select_related("user").order_by("-since").first()
    if run is None or run.ended_at is None:
        return (
            _of_person(last) if last else _("No open stream was closed by taking it away yet: not measured.")
        )
    if last and (last.since - run.ended_at).total_seconds() > TOGETHER_SECONDS:
        return _of_person(last)
    return ngettext(
        "Taken away at %(at)s: the only open stream was closed after %(took)s.",
        "Taken away at %(at)s: the last of %(count)s open streams was closed after %(took)s.",
        run.off_streams,
    ) % {
        "at": clock_time(run.ended_at),
        "count": run.off_streams,
        "took": latency.words(run.off_seconds or 0.0),
    }


def _of_person(tester: Tester) -> str:
    told = {"name": tester.user.get_username(), "at": clock_time(tester.since)}
    return _("Taken from %(name)s at %(at)s: their last open stream was closed after %(took)s.") % (
        told | {"took": latency.words(tester.off_seconds or 0.0)}
    )


def reset() -> None:
    """Nothing measured; for tests."""
    _ended.clear()


def _write(key: Key, count: int, at: float) -> bool:
    """Whether somebody or something was taken back that these streams ended with."""
    last = datetime.fromtimestamp(at, UTC)
    since = last - timedelta(seconds=PATIENCE_SECONDS)
    feature, pk = key
    own = Tester.objects.filter(flag__name=feature, user=pk, added_by=LEFT, since__gte=since).first()
    if own is not None:
        Tester.objects.filter(pk=own.pk).update(off_seconds=_longest(last, own.since))
        since = own.since - timedelta(seconds=TOGETHER_SECONDS)  # what was taken back before, they still had
    taken = StageRun.objects.filter(flag__name=feature, ended_at__gte=since, was_taken_back=True)
    # The house's own accounts leave as the first tester comes, and nothing was taken back with that.
    is_ours = get_user_model().objects.filter(pk=pk, username__startswith=SYNTHETIC).exists()
    of_ours = Q(stage=Stage.SYNTHETIC)
    run = taken.filter(of_ours if is_ours else ~of_ours).order_by("-ended_at").first()
    if run is not None and run.ended_at is not None:
        StageRun.objects.filter(pk=run.pk).update(
            off_streams=F("off_streams") + count, off_seconds=_longest(last, run.ended_at)
        )
    return own is not None or run is not None


def _longest(last: datetime, began: datetime) -> Greatest:
    took = max(0.0, (last - began).total_seconds())
    return Greatest(Coalesce("off_seconds", Value(0.0)), Value(took))


def _forget(key: Key, told: tuple[int, float]) -> None:
    """What came meanwhile stays."""
    with _lock:
        count, at = _ended[key]
        if count > told[0]:
            _ended[key] = (count - told[0], at)
        else:
            del _ended[key]
