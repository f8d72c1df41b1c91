"""Sealing a bag while the incident runs: no step waits without end, and what cannot be had is said to be missing."""

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from safeguards.bags import about as info
from safeguards.bags import belonging, differences, evidence, facts, form, ring, seals, store
from safeguards.bags.asking import Patience, Unanswered
from safeguards.bags.collecting import AFTER_SECONDS, BEFORE_SECONDS, Collect, Window, registered
from safeguards.bags.hearing import Hearing
from safeguards.bags.parts import OTHERS, Parts
from safeguards.models import Incident
from safeguards.rollout import baselines

logger = logging.getLogger(__name__)
SECONDS = 8.0  # for all that may hang, of the ten that a bag may take
LINES_SECONDS = 6.0  # from the beginning: lines that were not written by then are cut


class NotSealed(Exception):
    """The bag could not be written; nothing of it is left."""


def seal(
    trigger: str,
    feature: str = "",
    stage: str = "",
    incident: Incident | None = None,
    by: str = "",
    *,
    reason: str = "",
    person: str = "",
    contained: float | None = None,
    before: dict[str, Any] | None = None,
) -> Path:
    """The sealed bag. `trigger`: a rule, or another short word; the others as `About` says.

    Raises NotSealed, and ValueError for a trigger without a letter or digit."""
    known = belonging.of_bag(trigger, feature, incident)
    about = info.About(trigger, feature, stage, by, reason, contained, before, *known, person)
    now, patience = datetime.now(UTC), Patience(SECONDS)
    name = store.name_of(now, trigger)
    window = Window(now - timedelta(seconds=BEFORE_SECONDS), now, feature, trigger)
    try:
        with workshop(name) as fresh, closing(Hearing()) as hearing:
            moment = evidence.Moment()
            parts = Parts(fresh / "data", until=time.monotonic() + LINES_SECONDS)
            _fill(parts, window, patience, before)
            commit = _asked(parts, patience, "the commit", baselines.commit, database=False)
            heard = evidence.write(
                parts, moment, hearing.heard()
            )  # last: they answer while the rest is written
            fingerprint = form.close(fresh, [*info.said(about, parts, commit or "", heard), *_after(now)])
            path = store.home() / name
            fresh.rename(path)
    except OSError as error:
        logger.exception("The bag of %s could not be sealed.", trigger)
        raise NotSealed(f"The bag could not be written: {error.strerror or error}.") from error
    seals.keep(patience, name, fingerprint, by=by, reason=parts.scrub.text(reason))
    seals.tell_incident(patience, name, *known)
    return path


@contextmanager
def workshop(name: str) -> Iterator[Path]:
    """A folder beside the bags that only its owner reads; gone afterwards, unless it was renamed. Raises OSError."""
    store.home().mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=f"{store.FRESH}{name}-", dir=store.home(), ignore_cleanup_errors=True
    ) as folder:
        (Path(folder) / "data").mkdir()
        yield Path(folder)


def _fill(parts: Parts, window: Window, patience: Patience, before: dict[str, Any] | None) -> None:
    """What needs nobody first: it is there whatever happens to the rest. Raises OSError."""
    parts.document("processes.json", facts.processes())
    parts.document("settings.json", facts.configuration())
    parts.lines("metrics.jsonl", ring.seconds(window.since.timestamp(), window.until.timestamp()))
    audit = _asked(parts, patience, "the audit trail in timeline.json", partial(facts.audit, window)) or []
    parts.document("timeline.json", {"incidents": facts.filed(window), "audit": audit})
    flags = _asked(parts, patience, "flags.json", partial(facts.flags, window, before))
    if flags is not None or before is not None:
        # What was taken can be put back, whoever else does not answer.
        parts.document("flags.json", flags or {"flags": [before]})
    _differ(parts, patience)
    for name, collect in registered().items():
        rows = _asked(parts, patience, f"{name}.jsonl", partial(_collected, collect, window))
        if rows is not None:
            parts.other(f"{name}.jsonl", rows)


def _differ(parts: Parts, patience: Patience) -> None:
    """Raises OSError."""
    found = _asked(parts, patience, differences.PART, differences.differences, database=False)
    if found is not None:
        text = f"They are not known. {found.why}\n" if found.why else found.text or differences.NONE
        parts.text(differences.PART, text, code=not found.why, is_cut=found.is_cut)


def _collected(collect: Collect, window: Window) -> list[dict[str, Any]]:
    found, size = [], 0
    for row in collect(window):
        found.append(row)
        size += len(str(row))
        if size > 2 * OTHERS:
            break  # no more could get in, and memory may be what is short
    return found


def _asked(
    parts: Parts, patience: Patience, what: str, question: Callable[[], Any], *, database: bool = True
) -> Any:
    try:
        return patience.ask(question, database=database)
    except Unanswered as error:
        parts.lost(what, error)
        return None


def _after(now: datetime) -> list[tuple[str, str]]:
    until = now + timedelta(seconds=AFTER_SECONDS)
    return [("Metrics-Until", now.isoformat()), ("Complete-After", until.isoformat())]
