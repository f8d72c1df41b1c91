"""What the workers say of themselves, put together: the highest level with its reason, and who is not well."""

import os
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from safeguards import leases, pressure
from safeguards.resources import gauges
from safeguards.resources.sampler import sampler

Told = dict[str, Any]


class Standing(NamedTuple):
    """`why`: words, for level 0 empty. `blind` and `leaseless`: is this process, and which others are (their pids)."""

    level: int
    why: str
    is_blind: bool
    blind: list[str]
    is_leaseless: bool
    leaseless: list[str]


def told() -> Told:
    """Of this process, for its supervisor, with each heartbeat that changes it."""
    return {"why": pressure.ladder().reason, "fresh": leases.is_fresh(), "whole": _is_whole()}


def standing(status: Told | None) -> Standing:
    """`status`: what the supervisor last wrote, None without one. This process is asked itself."""
    rows = (status or {}).get("workers", [])
    others = [worker for worker in rows if worker.get("pid") != os.getpid()]
    own = int(gauges.snapshot().get("ladder_level", 0)), pressure.words()
    levels = [own, *((_level(worker), _why(worker)) for worker in others)]
    level, why = max(levels, key=lambda one: (one[0], bool(one[1])))
    return Standing(
        level,
        why or (_("a worker is pressed; the table says which") if level else ""),
        not _is_whole(),
        [_pid(worker) for worker in others if _is_blind(worker)],
        not leases.is_fresh(),
        [_pid(worker) for worker in others if _is_leaseless(worker)],
    )


def _is_whole() -> bool:
    return sampler.is_whole and not leases.is_blind()


def _is_blind(worker: Told) -> bool:
    return _is_cut_off(worker) or _said(worker).get("whole") is False


def _is_leaseless(worker: Told) -> bool:
    return _is_cut_off(worker) or _said(worker).get("fresh") is False


def _is_cut_off(worker: Told) -> bool:
    """Blind for so long that its lease is over; its gauges say so, whatever else it told."""
    return bool(worker["gauges"].get("safeguard_blind"))


def _level(worker: Told) -> int:
    return int(worker["gauges"].get("ladder_level", 0))


def _why(worker: Told) -> str:
    """Empty where it does not say: a worker may tell anything."""
    return pressure.WORDS.get(str(_said(worker).get("why")), "")


def _said(worker: Told) -> Told:
    said = worker.get("loud", {}).get("standing", {})
    return said if isinstance(said, dict) else {}


def _pid(worker: Told) -> str:
    return str(worker.get("pid", "?"))
