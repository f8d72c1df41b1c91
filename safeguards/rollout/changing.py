"""One audited change of one flag: the only way in which anything of it changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from safeguards import flags
from safeguards.models import AuditEntry, Flag
from safeguards.rollout.verdicts import running, stage_of


def status(flag: Flag) -> dict[str, Any]:
    """Who has it, as the audit trail and the shell say it."""
    names = list(flag.users.order_by("username").values_list("username", flat=True))
    return {
        "everyone": flag.everyone,
        "stage": str(stage_of(flag)),
        "share": flag.share,
        "superusers": flag.superusers,
        "testers": names,
    }


def whole(flag: Flag) -> dict[str, Any]:
    """All that is needed to put it back, consents included."""
    testers, run = flag.testers.select_related("user").order_by("pk"), running(flag)
    return {
        "name": flag.name,
        **status(flag),
        "guarded": run.guarded if run else None,
        "expires_at": flag.expires_at,
        "consents": [
            {
                "person": tester.user.get_username(),
                "since": tester.since,
                "consented_at": tester.consented_at,
                "added_by": tester.added_by,
                "requests": tester.requests,
                "errors": tester.errors,
            }
            for tester in testers
        ],
    }


@contextmanager
def changing(
    feature: str, action: str, actor: str, reason: str, evidence: dict[str, Any] | None = None
) -> Iterator[Flag]:
    """One audited change of one flag in one transaction."""
    with transaction.atomic():
        flag, _created = Flag.objects.select_for_update().get_or_create(name=feature)
        before = status(flag)
        yield flag
        AuditEntry.objects.create(
            actor_kind="auto" if actor.startswith("auto:") else "user",
            actor=actor,
            action=f"rollout.{action}",
            subject=feature,
            before=before,
            after=status(flag) | ({"evidence": evidence} if evidence else {}),
            reason=reason,
        )
        transaction.on_commit(flags.refresh, robust=True)
