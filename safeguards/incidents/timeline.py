"""What happened in an incident, in order: its evidence, the figures and the audit trail around it, and what people
wrote."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from safeguards.incidents import operations, samples, words
from safeguards.incidents.shelf import entries, folder, read
from safeguards.models import AuditEntry, Incident

BEFORE = timedelta(minutes=5)
SAME = timedelta(seconds=3)  # the ring is a second behind
ENTRIES = 500  # of the audit trail
STACK = 8000  # characters that are shown
ACTIONS = {
    "declare": gettext_noop("declared it"),
    "acknowledge": gettext_noop("acknowledged it"),
    "resolve": gettext_noop("resolved it"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """`kind`: evidence, sample, system, person or note. `text` is as somebody wrote it: escape it where it is shown."""

    at: datetime
    kind: str
    who: str
    text: str
    detail: str = ""
    times: int = 1


def timeline(incident: Incident) -> list[Moment]:
    """Oldest first; what is said twice in a row in the same second is there once, with how often."""
    told = evidence(incident)
    found = [*_evidence(told), *_measured(incident, told), *_audited(incident), *_notes(incident)]
    return _joined(sorted(found, key=lambda moment: moment.at))


def evidence(incident: Incident) -> dict[str, Any]:
    """What the file tells; empty where there is none, as on another host."""
    name = Path(incident.evidence).name
    return (read(folder() / name) if name else None) or {}


def _evidence(told: dict[str, Any]) -> Iterable[Moment]:
    for entry in entries(told):
        at = _time(entry.get("at"))
        if at is None:
            continue
        stack = entry.get("stack") or entry.get("stacks") or ""
        said = words.line(entry) or words.title(str(told.get("rule", "")), {})
        yield Moment(at, "evidence", f"process {entry.get('process', '?')}", said, str(stack)[:STACK])


def _measured(incident: Incident, told: dict[str, Any]) -> Iterable[Moment]:
    """Samples, and the moves of the ladder that the evidence does not tell. Another host's ring tells nothing of it."""
    if incident.evidence and not (folder() / Path(incident.evidence).name).exists():
        return
    found = samples.rows(incident.opened_at - BEFORE, incident.resolved_at or timezone.now())
    for at, said in samples.samples(found):
        yield Moment(at, "sample", _("figures"), said)
    known = [(_time(entry.get("at")), entry.get("level")) for entry in entries(told)]
    for at, old, new in samples.moves(found):
        if not any(level == new and when and abs(when - at) <= SAME for when, level in known):
            yield Moment(at, "system", _("ladder"), _("level %(old)d → %(new)d") % {"old": old, "new": new})


def _audited(incident: Incident) -> Iterable[Moment]:
    """Not what the evidence and the notes say better, nor what people did with other incidents."""
    until = incident.resolved_at or timezone.now()
    around = Q(at__gte=incident.opened_at - BEFORE, at__lte=until + timedelta(seconds=1))
    own = Q(subject=operations.subject(incident))
    rows = AuditEntry.objects.filter(own | around).exclude(action="incident.note")
    if incident.evidence:
        own_rule = [f"auto.{incident.rule}", f"again.{incident.rule}"]
        rows = rows.exclude(action__in=own_rule, reason__endswith=incident.evidence)
    for row in rows.exclude(~own, subject__startswith="incident:").order_by("-id")[:ENTRIES]:
        kind = "system" if row.actor_kind == "auto" else "person"
        yield Moment(row.at, kind, row.actor, words.plain(_said(row), operations.TEXT))


def _said(row: AuditEntry) -> str:
    if row.action.startswith(("auto.", "again.")):
        return words.title(row.action.partition(".")[2], row.after if isinstance(row.after, dict) else {})
    reason = f": {row.reason}" if row.reason else ""
    verb = row.action.removeprefix("incident.")
    if row.subject.startswith("incident:"):
        return f"{_(ACTIONS[verb]) if verb in ACTIONS else verb}{reason}"
    changed = words.change(row.before, row.after)
    return f"{row.action} {row.subject}{reason}" + (f" ({changed})" if changed else "")


def _notes(incident: Incident) -> Iterable[Moment]:
    return [Moment(row.at, "note", row.by, row.text) for row in incident.notes.all()]


def _joined(moments: list[Moment]) -> list[Moment]:
    kept: list[Moment] = []
    for moment in moments:
        last = kept[-1] if kept else None
        if last is not None and _key(last) == _key(moment):
            kept[-1] = Moment(last.at, last.kind, last.who, last.text, last.detail, last.times + 1)
        else:
            kept.append(moment)
    return kept


def _key(moment: Moment) -> tuple[object, ...]:
    return moment.at.replace(microsecond=0), moment.kind, moment.text, moment.detail


def _time(text: object) -> datetime | None:
    try:
        at = parse_datetime(str(text))
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
