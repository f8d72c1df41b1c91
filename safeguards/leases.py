"""Whether live may be on at all: somebody outside says so every moment, and this process still measures itself."""

import time

from safeguards import conf, kill
from safeguards.kernel.lease import Lease
from safeguards.patience import Patience
from safeguards.resources import gauges

lease = Lease(time.monotonic)
_measured_at: list[float] = []
_had = [False]
patience = Patience(5.0)  # of who wants to be live while it is lost


def is_fresh() -> bool:
    """Whoever decides about the kill switch has been heard of within five seconds, and this process knows itself."""
    if not kill.is_supervised and (known_at := kill.known_at()) is not None:
        lease.renew(known_at)
    fresh = lease.is_fresh() and not is_blind()
    if fresh:
        patience.is_back()
    return fresh


def granted(known_at: float | None, killed: str | None) -> None:
    """The supervisor's word: when a source last said something (monotonic seconds), and whether to kill."""
    kill.heard(known_at, killed)
    if known_at is not None:
        lease.renew(known_at)


def measured() -> None:
    """This process has looked at itself just now."""
    _measured_at[:] = [time.monotonic()]


def is_blind() -> bool:
    """Nobody has measured this process for too long: what it does is not known to be safe."""
    blind = bool(_measured_at) and time.monotonic() - _measured_at[0] > conf.number("blind_seconds")
    gauges.report("safeguard_blind", float(blind))
    return blind


def news() -> str:
    """Once per loss, in words; empty while the lease is there, before it first was, and once it was told."""
    fresh = is_fresh()
    lost, _had[:] = _had[0] and not fresh, [fresh]
    return "nobody has renewed the lease for five seconds" if lost else ""
