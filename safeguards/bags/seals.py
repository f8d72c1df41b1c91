"""What is known of a bag outside of it: its sum of sums in the audit trail, whose entries nobody can change unseen."""

from collections.abc import Callable
from pathlib import Path

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Q

from safeguards.bags import form, store
from safeguards.bags.asking import Patience, Unanswered
from safeguards.models import AuditEntry, Incident

SEALED, COMPLETED = "bag.seal", "bag.complete"


class NotVouched(Exception):
    """Whole in itself, but nothing outside of it says that it is the one that was sealed; the message says why."""


def keep(
    patience: Patience, name: str, fingerprint: str, *, by: str = "", reason: str = "", action: str = SEALED
) -> None:
    """Write it down. Without a database the bag stands alone, and `verify` says so."""

    def write() -> None:
        AuditEntry.objects.create(
            actor_kind="user" if by and not by.startswith("auto:") else "auto",
            actor=by or "auto:bags",
            action=action,
            subject=name,
            after={"sha256": fingerprint},
            reason=reason,
        )

    _try(patience, write)


def tell_incident(patience: Patience, name: str, uid: str, evidence: str) -> None:
    """Its first bag, which shows best how it began, stays the one that its row names."""

    def write() -> None:
        same = Q(uid=uid) if uid else Q(evidence=evidence)
        Incident.objects.filter(same, bag="").update(bag=name)

    if uid or evidence:
        _try(patience, write)


def verify(name: str) -> Path:
    """The bag, whole and unchanged. Raises NoSuchBag, Damaged, and NotVouched where only the second half fails."""
    path = store.find(name)
    fingerprint = form.check(path)
    try:
        entries = AuditEntry.objects.filter(subject=name, action__in=(SEALED, COMPLETED))
        known = [after.get("sha256") for after in entries.values_list("after", flat=True) if after]
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        raise NotVouched("The audit trail cannot be read.") from error
    if not known:
        raise NotVouched("The audit trail does not know it: it was sealed without a database, or elsewhere.")
    if fingerprint not in known:
        raise form.Damaged("It was sealed anew: its sums are not those in the audit trail.")
    return path


def _try(patience: Patience, write: Callable[[], None]) -> None:
    try:
        patience.ask(write)
    except Unanswered:
        pass  # logged where it was asked; the bag itself is there
