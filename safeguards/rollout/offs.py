"""How long a feature that was switched off took until the last stream that had it was closed: measured, not promised."""

import logging
import threading
import time
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from safeguards.models import Flag, StageRun
from safeguards.rollout.verdicts import clock_time

logger = logging.getLogger(__name__)
PATIENCE_SECONDS = (
    30.0  # what ends later than this has another reason; and so long a rule may write before the row
)
_ended: dict[str, tuple[int, float]] = {}  # feature -> streams of this process, and when the last one ended
_lock = threading.Lock()


def ended(feature: str) -> None:
    """A stream was closed because its person has this no more."""
    with _lock:
        count, _at = _ended.get(feature, (0, 0.0))
        _ended[feature] = (count + 1, time.time())


def flush() -> None:
    """Write down what was measured; called each second by the chores. Never raises."""
    for feature, told in list(_ended.items()):
        try:
            if _write(feature, *told) or time.time() - told[1] > PATIENCE_SECONDS:
                _forget(feature, told)
        except DatabaseError:
            logger.exception("How long %s took to be off could not be written down.", feature)


def said(flag: Flag) -> str:
    """About the last time, in words."""
    run = flag.runs.filter(off_seconds__isnull=False).first()
    if run is None or run.ended_at is None:
        return _(
            "No open stream has been closed by switching it off yet: how long that takes was not measured."
        )
    return ngettext(
        "Taken away at %(at)s: the only open stream was closed after %(seconds)s s.",
        "Taken away at %(at)s: the last of %(count)s open streams was closed after %(seconds)s s.",
        run.off_streams,
    ) % {"at": clock_time(run.ended_at), "count": run.off_streams, "seconds": f"{run.off_seconds:.2f}"}


def reset() -> None:
    """Nothing measured; for tests."""
    _ended.clear()


def _write(feature: str, count: int, at: float) -> bool:
    """Whether there is a stay that these streams ended with."""
    last = datetime.fromtimestamp(at, UTC)
    since = last - timedelta(seconds=PATIENCE_SECONDS)
    run = StageRun.objects.filter(flag__name=feature, ended_at__gte=since).order_by("-ended_at").first()
    if run is None or run.ended_at is None:
        return False
    took = max(0.0, (last - run.ended_at).total_seconds())
    StageRun.objects.filter(pk=run.pk).update(
        off_streams=F("off_streams") + count,
        off_seconds=Greatest(Coalesce("off_seconds", Value(0.0)), Value(took)),
    )
    return True


def _forget(feature: str, told: tuple[int, float]) -> None:
    """What came meanwhile stays."""
    with _lock:
        count, at = _ended[feature]
        if count > told[0]:
            _ended[feature] = (count - told[0], at)
        else:
            del _ended[feature]
