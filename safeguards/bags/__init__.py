"""Bag and tag: what an incident leaves behind, whole, summed and without secrets, while it still runs."""

from safeguards.bags.belonging import bags_of, incident_of
from safeguards.bags.collecting import Window, register
from safeguards.bags.completing import complete
from safeguards.bags.form import Damaged
from safeguards.bags.keeping import pin, prune, unpin
from safeguards.bags.later import finish, flush, seal_later
from safeguards.bags.returning import Returned
from safeguards.bags.returning import register as register_return
from safeguards.bags.sealing import NotSealed, seal
from safeguards.bags.seals import NotVouched, verify
from safeguards.bags.store import NoSuchBag, every, find
from safeguards.bags.witnessing import witness

__all__ = [
    "Damaged",
    "NoSuchBag",
    "NotSealed",
    "NotVouched",
    "Returned",
    "Window",
    "bags_of",
    "complete",
    "every",
    "find",
    "finish",
    "flush",
    "incident_of",
    "pin",
    "prune",
    "register",
    "register_return",
    "seal",
    "seal_later",
    "unpin",
    "verify",
    "witness",
]
