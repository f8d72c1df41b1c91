"""Giving and taking a feature. This process follows at once, the others within two seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from safeguards import flags
from safeguards.models import AuditEntry, Flag


class UnknownPerson(Exception):
    """There is no account with this name."""


class ReasonMissing(Exception):
    """Giving a feature to everybody needs a reason."""


def add(feature: str, username: str, *, actor: str, reason: str = "") -> None:
    """One more tester. Raises UnknownPerson."""
    with changing(feature, "add", actor, reason) as flag:
        flag.users.add(_person(username))
        if not flag.everyone:
            _set(flag, None)


def remove(feature: str, username: str, *, actor: str, reason: str = "") -> None:
    """One tester less. Raises UnknownPerson."""
    with changing(feature, "remove", actor, reason) as flag:
        flag.users.remove(_person(username))


def everyone(feature: str, *, actor: str, reason: str) -> None:
    """Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing
    with changing(feature, "everyone", actor, reason) as flag:
        _set(flag, True)


def off(feature: str, *, actor: str, reason: str = "") -> None:
    """Off for everybody, testers included: adding one later brings back nobody else. The audit keeps the names."""
    with changing(feature, "off", actor, reason) as flag:
        flag.users.clear()
        _set(flag, False)


def status(flag: Flag) -> dict[str, Any]:
    """Who has it, as the audit trail and the shell say it."""
    names = list(flag.users.order_by("username").values_list("username", flat=True))
    return {"everyone": flag.everyone, "testers": names}


@contextmanager
def changing(feature: str, action: str, actor: str, reason: str) -> Iterator[Flag]:
    """One audited change of one flag in one transaction."""
    with transaction.atomic():
        flag, _created = Flag.objects.select_for_update().get_or_create(name=feature)
        before = status(flag)
        yield flag
        AuditEntry.objects.create(
            actor=actor,
            action=f"rollout.{action}",
            subject=feature,
            before=before,
            after=status(flag),
            reason=reason,
        )
        transaction.on_commit(flags.refresh, robust=True)


def _set(flag: Flag, everyone: bool | None) -> None:
    flag.everyone = everyone
    flag.save(update_fields=["everyone"])


def _person(username: str) -> Any:
    person = get_user_model().objects.filter(username=username).first()
    if person is None:
        raise UnknownPerson(username)
    return person
