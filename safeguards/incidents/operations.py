"""What people do with an incident. Each is audited, and done twice it is done once."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from safeguards.incidents.words import TITLE, plain
from safeguards.models import AuditEntry, Incident, IncidentNote

TEXT = 4000  # characters of a note, a reason, a summary
TWICE = timedelta(minutes=10)  # the same words of the same person within this time are one note


class NotPossible(Exception):
    """The message says in a sentence why not, and what to do. Nothing was changed."""


def subject(incident: Incident) -> str:
    """What the audit trail calls it."""
    return f"incident:{incident.uid}"


def declare(title: str, reason: str, *, by: str, uid: UUID) -> Incident:
    """An incident that no rule saw. `uid`: made by the form; sent twice, it is one. Raises NotPossible."""
    title, reason = plain(title, TITLE + 1), _text(reason, _("Say why you declare it."))
    if not title:
        raise NotPossible(_("Say in a few words what happens."))
    if len(title) > TITLE:
        raise NotPossible(_("The title is longer than %(most)s characters. Shorten it.") % {"most": TITLE})
    with transaction.atomic():
        incident, is_new = Incident.objects.get_or_create(
            uid=uid, defaults={"title": title, "opened_by": by, "summary": ""}
        )
        if is_new:
            _audit(incident, "declare", by, None, {"title": title, "status": incident.status}, reason)
    return incident


def note(uid: UUID, text: str, *, by: str) -> None:
    """Raises NotPossible, Incident.DoesNotExist."""
    text = _text(text, _("Write what you saw or did."))
    with _locked(uid) as incident:
        last = incident.notes.filter(by=by).last()
        if last is not None and last.text == text and timezone.now() - last.at < TWICE:
            return
        IncidentNote.objects.create(incident=incident, by=by, text=text)
        _audit(incident, "note", by, None, {"characters": len(text)}, plain(text, 200))


def acknowledge(uid: UUID, *, by: str) -> None:
    """Somebody looks after it; the first one counts. Raises NotPossible, Incident.DoesNotExist."""
    with _locked(uid) as incident:
        if incident.status == Incident.Status.RESOLVED:
            raise NotPossible(
                _("%(who)s has resolved it already. Declare another one if it goes on.")
                % {"who": incident.resolved_by}
            )
        if incident.status == Incident.Status.OPEN:
            incident.acknowledged_at, incident.acknowledged_by = timezone.now(), by
            _move(incident, Incident.Status.ACKNOWLEDGED, by, "acknowledge", "")


def resolve(uid: UUID, summary: str, *, by: str) -> None:
    """Over: `summary` says what it was. Raises NotPossible, Incident.DoesNotExist."""
    summary = _text(summary, _("Say in a sentence what it was and what ended it."))
    with _locked(uid) as incident:
        if incident.status == Incident.Status.RESOLVED:
            if incident.summary == summary:
                return
            raise NotPossible(
                _("%(who)s has resolved it already. Add what you know as a note.")
                % {"who": incident.resolved_by}
            )
        incident.resolved_at, incident.resolved_by, incident.summary = timezone.now(), by, summary
        _move(incident, Incident.Status.RESOLVED, by, "resolve", summary)


@contextmanager
def _locked(uid: UUID) -> Iterator[Incident]:
    """One at a time, whoever else presses the same button."""
    with transaction.atomic():
        yield Incident.objects.select_for_update().get(uid=uid)


def _move(incident: Incident, to: Incident.Status, by: str, action: str, reason: str) -> None:
    before, incident.status = incident.status, to
    incident.save()
    _audit(incident, action, by, {"status": before}, {"status": to.value}, reason)


def _audit(incident: Incident, action: str, by: str, before: Any, after: dict[str, Any], reason: str) -> None:
    AuditEntry.objects.create(
        actor=by,
        action=f"incident.{action}",
        subject=subject(incident),
        before=before,
        after=after,
        reason=reason,
    )


def _text(text: str, missing: str) -> str:
    """What somebody wrote, without control characters. Raises NotPossible."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(char for char in lines if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"})
    if not kept.strip():
        raise NotPossible(missing)
    if len(kept) > TEXT:
        raise NotPossible(_("This is longer than %(most)s characters. Shorten it.") % {"most": TEXT})
    return kept.strip()
