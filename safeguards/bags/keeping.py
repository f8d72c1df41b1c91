"""Which bags stay and which go, with a line in the audit trail for whoever decided it."""

from typing import Any

from safeguards.bags import seals, store
from safeguards.bags.asking import Patience
from safeguards.models import AuditEntry

AUTO = "auto:bags"
SECONDS = 5.0  # a database that hangs holds up no bag


def pin(name: str, *, by: str) -> None:
    """It stays when others are pruned. Raises NoSuchBag and OSError."""
    _change(name, by, is_pinned=True)


def unpin(name: str, *, by: str) -> None:
    """Raises NoSuchBag and OSError."""
    _change(name, by, is_pinned=False)


def prune(*, by: str = AUTO) -> list[str]:
    """Remove all but the pinned and the newest ones, and what is too much; their names. Raises OSError."""
    gone: list[str] = []
    try:
        for name in store.prune():
            gone.append(name)
    finally:  # also when the next one could not be removed
        line = {"action": "bag.prune", "subject": "bags", "after": {"removed": gone}}
        if by != AUTO:
            AuditEntry.objects.create(actor=by, **line)
        elif gone:
            seals.note(Patience(SECONDS), by, **line)
    return gone


def _change(name: str, by: str, *, is_pinned: bool) -> None:
    before = store.is_pinned(name)
    (store.pin if is_pinned else store.unpin)(name)
    told: dict[str, Any] = {"before": {"pinned": before}, "after": {"pinned": is_pinned}}
    action = "bag.pin" if is_pinned else "bag.unpin"
    AuditEntry.objects.create(actor=by, action=action, subject=name, **told)
