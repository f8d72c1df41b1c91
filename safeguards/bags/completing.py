"""The two minutes after: added to a bag once they are over, and the bag sealed anew."""

import logging
import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from safeguards.bags import form, ring, seals, store
from safeguards.bags.asking import Patience
from safeguards.bags.collecting import BEFORE_SECONDS
from safeguards.bags.parts import Parts
from safeguards.bags.sealing import workshop

logger = logging.getLogger(__name__)
SINCE, DUE = "Metrics-Until", "Complete-After"
METRICS = "metrics.jsonl"
YOUNG = timedelta(hours=1)  # what was not completed within it stays as it is
SECONDS = 5.0


def due() -> list[str]:
    """The names of bags whose two minutes are over."""
    now = datetime.now(UTC)
    young = [bag.path for bag in store.every() if now - bag.at < YOUNG]
    return [path.name for path in young if (until := _time(path, DUE)) is not None and until <= now]


def complete(bag: Path) -> None:
    """Idempotent. A bag that is no longer as it was sealed stays so, and its old sums too; so does one that the audit trail
    does not know and another process sealed.

    Raises NoSuchBag, Damaged, OSError, and NoTrail while no line can be written: it can be tried again."""
    with store.turn():
        try:
            seals.verify(bag.name)
        except seals.NoTrail:
            raise
        except seals.NotVouched:
            # Sealed while the database was dead: only who did it knows that nobody else made it.
            if not seals.is_own(bag.name, form.check(bag)):
                return
        since = _time(bag, SINCE)
        if since is None or _time(bag, DUE) is None:
            return
        with workshop(bag.name) as fresh:
            fingerprint = _again(bag, fresh, since)
            # First the line, then the bag: whoever verifies meanwhile finds one of the two that are known, and where
            # the exchange fails, the old one is. Without the line the new one would be taken for a changed one.
            if not seals.keep(Patience(SECONDS), bag.name, fingerprint, action=seals.COMPLETED):
                raise seals.NoTrail("The audit trail takes no line.")
            store.exchange(bag, fresh)


def complete_due() -> None:
    """All that are due, in whichever process comes first. Never raises."""
    for name in due():
        try:
            complete(store.find(name))
        except seals.NoTrail as error:
            logger.warning("The bag %s is not completed yet, and stays as it was sealed. %s", name, error)
        except (store.NoSuchBag, form.Damaged, OSError):
            logger.exception("The bag %s could not be completed; it stays as it was sealed.", name)


def _again(bag: Path, fresh: Path, since: datetime) -> str:
    for file in (bag / "data").iterdir():
        if file.name != METRICS:
            os.link(file, fresh / "data" / file.name)  # as it is: nobody writes into a sealed file
    parts = Parts(fresh / "data")
    until = min(time.time(), (_time(bag, DUE) or since).timestamp())
    # Read as a whole: a second that was half written at the seal is whole now.
    before = since.timestamp() - BEFORE_SECONDS
    rows = ring.seconds(before, until)
    if rows:
        parts.lines(METRICS, rows)
    else:
        shutil.copy2(bag / "data" / METRICS, fresh / "data" / METRICS)
    keeps = {SINCE, DUE, form.DATE, form.SIZE}
    told = [(label, value) for label, value in form.info(bag).items() if label not in keeps]
    return form.close(fresh, [*told, (SINCE, datetime.fromtimestamp(until, UTC).isoformat())])


def _time(bag: Path, label: str) -> datetime | None:
    try:
        return datetime.fromisoformat(form.info(bag).get(label, ""))
    except (form.Damaged, ValueError):
        return None
