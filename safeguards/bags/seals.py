"""What is known of a bag outside of it: its sum of sums in the audit trail, whose entries nobody can change unseen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Q

from safeguards.bags import form, store
from safeguards.bags.asking import Patience, Unanswered
from safeguards.models import AuditEntry, Incident

SEALED, COMPLETED = "bag.seal", "bag.complete"
OWN = 50
_own: dict[str, str] = {}  # names of bags that this process sealed -> their sums


class NotVouched(Exception):
    """Whole in itself, but nothing outside of it says that it is the one that was sealed; the message says why."""


class NoTrail(NotVouched):
    """The audit trail cannot be asked now: nothing is known for or against the bag."""


def keep(
    patience: Patience, name: str, fingerprint: str, *, by: str = "", reason: str = "", action: str = SEALED
) -> bool:
    """Write it down; whether it is. Without a database the bag stands alone, and `verify` says so."""
    after = {"sha256": fingerprint}
    _own[name] = fingerprint
    while len(_own) > OWN:
        del _own[next(iter(_own))]
    return note(patience, by or "auto:bags", action=action, subject=name, after=after, reason=reason)


def is_own(name: str, fingerprint: str) -> bool:
    """Whether this very process sealed it so: it knows that without a database."""
    return _own.get(name) == fingerprint


def note(patience: Patience, by: str, **line: Any) -> bool:
    """One line in the audit trail, as far as the database answers in time; whether it is known to be there."""
    kind = "auto" if by.startswith("auto:") else "user"
    return _try(patience, lambda: AuditEntry.objects.create(actor_kind=kind, actor=by, **line))


def tell_incident(patience: Patience, name: str, uid: str, evidence: str) -> None:
    """Its first bag, which shows best how it began, stays the one that its row names."""

    def write() -> None:
        same = Q(uid=uid) if uid else Q(evidence=evidence)
        Incident.objects.filter(same, bag="").update(bag=name)

    if uid or evidence:
        _try(patience, write)


def verify(name: str) -> Path:
    """The bag, whole and unchanged. Raises NoSuchBag, Damaged, and NotVouched where only the second half fails."""
    for _try in range(store.TRIES):
        before, path = store.identity(name), store.find(name)
        try:
            vouch(name, form.check(path))
            return path
        except form.Damaged:
            if before == store.identity(name):
                raise
    raise form.Damaged("It changes while it is read.")


def vouch(name: str, fingerprint: str, *, moved: bool = False) -> None:
    """Whether this server sealed it; `moved`: under whichever name. Raises NotVouched, and Damaged for another one."""
    sealed = AuditEntry.objects.filter(action__in=(SEALED, COMPLETED))
    try:
        entries = sealed.filter(subject=name if store.NAME.fullmatch(name) else "")
        known = [after.get("sha256") for after in entries.values_list("after", flat=True) if after]
        if fingerprint in known or (moved and sealed.filter(after__sha256=fingerprint).exists()):
            return
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        raise NoTrail("The audit trail cannot be read.") from error
    if known:
        raise form.Damaged("It was sealed anew: its sums are not those in the audit trail.")
    raise NotVouched("The audit trail does not know it: it was sealed without a database, or elsewhere.")


def _try(patience: Patience, write: Callable[[], object]) -> bool:
    try:
        patience.ask(write)
    except Unanswered:
        return False  # logged where it was asked; the bag itself is there
    return True
