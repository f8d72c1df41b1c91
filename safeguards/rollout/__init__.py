"""Who has a feature: given, taken and said here, each change with a line in the audit trail."""

from safeguards.rollout.operations import (
    ReasonMissing,
    UnknownPerson,
    add,
    everyone,
    off,
    remove,
    status,
)
from safeguards.rollout.words import sentence

__all__ = ["ReasonMissing", "UnknownPerson", "add", "everyone", "off", "remove", "sentence", "status"]
