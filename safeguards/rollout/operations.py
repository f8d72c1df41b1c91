"""Who has a feature: every change with a reason, and a line in the audit trail."""

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
    with _changing(feature, "add", actor, reason) as flag:
        flag.users.add(_person(username))
        if flag.everyone is False:
            _set(flag, None)


def remove(feature: str, username: str, *, actor: str, reason: str = "") -> None:
    with _changing(feature, "remove", actor, reason) as flag:
        flag.users.remove(_person(username))


def everyone(feature: str, *, actor: str, reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing
    with _changing(feature, "everyone", actor, reason) as flag:
        _set(flag, True)


def named_only(feature: str, *, actor: str, reason: str = "") -> None:
    """Back from everyone to the named testers."""
    with _changing(feature, "named", actor, reason) as flag:
        _set(flag, None)


def off(feature: str, *, actor: str, reason: str = "") -> None:
    """Off for everybody; the testers' names stay."""
    with _changing(feature, "off", actor, reason) as flag:
        _set(flag, False)


def status(flag: Flag) -> dict[str, Any]:
    names = list(flag.users.order_by("username").values_list("username", flat=True))
    return {"everyone": flag.everyone, "testers": names}


def sentence(flag: Flag) -> str:
    """Who has it, in words."""
    names = status(flag)["testers"]
    if flag.everyone:
        return "On for everyone."
    if flag.everyone is False or not names:
        return "Off: nobody has it." + (f" {len(names)} named testers are kept." if names else "")
    return f"On for {len(names)} named tester{'s' if len(names) > 1 else ''}; nobody else. Superusers: no."


class _changing:
    """One audited change of one flag, in one transaction; this process follows at once, others within 2 s."""

    def __init__(self, feature: str, action: str, actor: str, reason: str) -> None:
        self.feature, self.action, self.actor, self.reason = feature, action, actor, reason
        self.atomic = transaction.atomic()

    def __enter__(self) -> Flag:
        self.atomic.__enter__()
        self.flag, _created = Flag.objects.select_for_update().get_or_create(name=self.feature)
        self.before = status(self.flag)
        return self.flag

    def __exit__(self, *error: Any) -> None:
        if error[0] is None:
            AuditEntry.objects.create(
                actor=self.actor,
                action=f"rollout.{self.action}",
                subject=self.feature,
                before=self.before,
                after=status(self.flag),
                reason=self.reason,
            )
            transaction.on_commit(lambda: flags.refresh(), robust=True)
        self.atomic.__exit__(*error)


def _set(flag: Flag, everyone: bool | None) -> None:
    flag.everyone = everyone
    flag.save(update_fields=["everyone"])


def _person(username: str) -> Any:
    person = get_user_model().objects.filter(username=username).first()
    if person is None:
        raise UnknownPerson(username)
    return person
