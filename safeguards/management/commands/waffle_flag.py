"""Flags are changed with `rollout`, which is audited."""

from safeguards.management.instead import UseRollout


class Command(UseRollout):
    help = __doc__ or ""
