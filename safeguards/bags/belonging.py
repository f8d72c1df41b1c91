"""Which bag is of which incident. The bag says it itself: whoever has either one finds the other."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from django.db.models import Q

from safeguards.bags import form, store
from safeguards.bags.about import EVIDENCE, INCIDENT
from safeguards.incidents import files
from safeguards.incidents.rows import JOIN_SECONDS
from safeguards.models import Incident

RULE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def bags_of(incident: Incident) -> list[str]:
    """The names of its bags on this host, the first one first."""
    return sorted(bag.name for bag in store.every() if _is_of(bag.path, incident))


def incident_of(bag: Path) -> Incident | None:
    """Asks the database."""
    told = _info(bag)
    same = Q(bag=bag.name)
    for uid in _uids(told.get(INCIDENT, "")):
        same |= Q(uid=uid)
    if evidence := told.get(EVIDENCE, ""):
        same |= Q(evidence=evidence)
    return Incident.objects.filter(same).first()


def of_bag(trigger: str, feature: str, incident: Incident | None) -> tuple[str, str]:
    """Uid and evidence of the incident that a new bag is about, as far as they are known; needs no database.

    Without a given one it is what the rule of this name did within the hour."""
    if incident is not None:
        return str(incident.uid), incident.evidence
    try:
        file = files.newest(trigger, feature or None) if RULE.fullmatch(trigger) else None
        is_young = file is not None and time.time() - file.stat().st_mtime < JOIN_SECONDS
    except OSError:
        return "", ""
    return "", file.name if file is not None and is_young else ""


def _is_of(bag: Path, incident: Incident) -> bool:
    told = _info(bag)
    evidence = told.get(EVIDENCE, "")
    return (
        bag.name == incident.bag
        or told.get(INCIDENT) == str(incident.uid)
        or (evidence != "" and evidence == incident.evidence)
    )


def _info(bag: Path) -> dict[str, str]:
    try:
        return form.info(bag)
    except form.Damaged:
        return {}


def _uids(said: str) -> Iterator[UUID]:
    try:
        yield UUID(said)
    except ValueError:
        return
