"""Who has a feature: given, taken and said here, each change with a line in the audit trail."""

from safeguards.rollout.changing import status
from safeguards.rollout.gates import NotReady, ReasonMissing
from safeguards.rollout.operations import (
    UnknownPerson,
    add,
    claim,
    everyone,
    expire,
    leave,
    off,
    promote,
    remove,
)
from safeguards.rollout.refusing import REFUSALS, asking, refused
from safeguards.rollout.verdicts import Verdict, running, stage_of, verdict
from safeguards.rollout.words import explain, notices, sentence

__all__ = [
    "REFUSALS",
    "NotReady",
    "ReasonMissing",
    "UnknownPerson",
    "Verdict",
    "add",
    "asking",
    "claim",
    "everyone",
    "expire",
    "explain",
    "leave",
    "notices",
    "off",
    "promote",
    "refused",
    "remove",
    "running",
    "sentence",
    "stage_of",
    "status",
    "verdict",
]
