"""What the rules of a rollout did not allow is in the audit trail, whoever asked for it, and wherever."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from safeguards.models import AuditEntry
from safeguards.rollout.gates import NotReady, ReasonMissing
from safeguards.rollout.operations import UnknownPerson

REFUSALS = (NotReady, ReasonMissing, UnknownPerson)


@contextmanager
def asking(feature: str, action: str, *, actor: str) -> Iterator[None]:
    """Around what somebody asks for. A refusal is written down, and raised on."""
    try:
        yield
    except REFUSALS as error:
        refused(feature, action, actor=actor, why=words(error))
        raise


def words(error: Exception) -> str:
    """One of `REFUSALS`, as people are told it."""
    if isinstance(error, ReasonMissing):
        return _("Say why. Nothing was changed.")
    if isinstance(error, UnknownPerson):
        return _("There is no account named %(name)r.") % {"name": str(error)}
    return str(error)


def refused(feature: str, action: str, *, actor: str, why: str) -> None:
    """What was refused before it came to the rules, as by a form."""
    known = {"action": action[:40]}
    AuditEntry.objects.create(
        actor=actor, action="rollout.refused", subject=feature, before=known, after=known, reason=why
    )
