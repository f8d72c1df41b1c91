"""Flags are switched off with `rollout`, which is audited; none is deleted."""

from safeguards.management.instead import UseRollout


class Command(UseRollout):
    help = __doc__ or ""
