"""What people take back is done at once, and afterwards kept as what a rule takes is: an incident, and a bag with the
feature as it was."""

from django.utils.translation import gettext_noop

from safeguards import bags, incidents
from safeguards.rollout import operations
from safeguards.rollout.operations import RolledBack
from safeguards.stages import Stage

RULE = "rollback-by-hand"
UNSAID = gettext_noop("they did not say why")


def rollback(feature: str, *, actor: str, reason: str, username: str = "", shown: str | None = None) -> Stage:
    """One tester loses it, or without a name it goes one stage back. Raises UnknownPerson; with `shown` NotReady."""
    done = operations.rollback(feature, actor=actor, reason=reason, username=username, shown=shown)
    _keep(done, feature, actor, reason, username)
    return done.stage


def off(feature: str, *, actor: str, reason: str = "") -> None:
    """Off for everybody, testers included."""
    _keep(operations.off(feature, actor=actor, reason=reason), feature, actor, reason)


def finish() -> None:
    """For a command, which has no chores: write down what was done, and wait for its bag. The server tells of it."""
    incidents.write()
    bags.flush()
    bags.finish()


def _keep(done: RolledBack, feature: str, actor: str, reason: str, username: str = "") -> None:
    """Only asked for here, so that nobody waits. Where nobody lost anything, nothing has happened."""
    if done.before is None:
        return
    told = {"feature": feature, "person": username, "who": actor, "words": reason or UNSAID}
    incidents.record("rollback-by-hand", told | {"from_stage": done.was, "stage": str(done.stage)})
    bags.seal_later(RULE, feature=feature, stage=done.was, by=actor, reason=reason, before=done.before)
