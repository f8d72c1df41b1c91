"""Who has a flag by name: those who agreed to test, and the synthetic people of its first stage."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from safeguards import stages
from safeguards.flag_rows import LEFT
from safeguards.models import AuditEntry, Flag, StageRun, Tester
from safeguards.stages import Stage


def named(flag: Flag) -> QuerySet[Any]:
    """People, synthetic ones left out."""
    return flag.users.exclude(username__startswith=stages.SYNTHETIC)


def has_share(flag: Flag, person: Any) -> bool:
    """Whether they have it with everybody or as one of a share, as the database has it."""
    if flag.everyone is not None:
        return flag.everyone
    if stages.is_synthetic(person.get_username()):
        return False
    is_out = Tester.objects.filter(flag=flag, user=person, added_by=LEFT).exists()
    return stages.place(flag.name, person.pk) < flag.share and not is_out


def unwilling(feature: str) -> set[str]:
    """Whose last word in the audit trail is that they leave: nobody named them again since."""
    lines = AuditEntry.objects.filter(subject=feature, action__in=("rollout.leave", "rollout.add"))
    found: set[str] = set()
    for action, actor, before, after in lines.order_by("id").values_list(
        "action", "actor", "before", "after"
    ):
        if action == "rollout.leave":
            found.add(actor)
        else:
            found -= {*(after or {}).get("testers", [])} - {*(before or {}).get("testers", [])}
    return found


def synthetic() -> QuerySet[Any]:
    """Accounts of the house that may try something out; a resident shows what that does to everybody else."""
    ours = get_user_model().objects.filter(username__startswith=stages.SYNTHETIC)
    return ours.exclude(username__startswith=stages.RESIDENT)


def give_synthetic(flag: Flag, stage: Stage) -> None:
    """They have it in their own stage alone: what they do later would pass for what people did."""
    if stage is Stage.SYNTHETIC:
        flag.users.add(*synthetic())
        return
    flag.users.remove(*synthetic())
    Tester.objects.filter(flag=flag, user__in=synthetic()).delete()


def unseen(run: StageRun) -> list[str]:
    """Named testers who have done nothing yet since this stage began."""
    there = Tester.objects.filter(flag=run.flag, seen_at__gte=run.began_at).values("user")
    return list(named(run.flag).exclude(pk__in=there).order_by("username").values_list("username", flat=True))
