"""What can be left out under pressure, in order. The rooms above register it; whoever judges pressure drives it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from safeguards.resources import gauges

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shedder:
    """`on` leaves the work out, `off` brings it back; both are cheap and may be called twice."""

    name: str
    level: int
    on: Callable[[], None]
    off: Callable[[], None]


_registered: list[Shedder] = []
_shed: list[Shedder] = []


def register(name: str, level: int, on: Callable[[], None], off: Callable[[], None]) -> None:
    """Within one level the order of registration is the order of shedding; a name is registered once."""
    if all(known.name != name for known in _registered):
        _registered.append(Shedder(name, level, on, off))
        _registered.sort(key=lambda known: known.level)


def registered() -> list[Shedder]:
    return list(_registered)


def shed() -> list[str]:
    """The names of what is left out now."""
    return [shedder.name for shedder in _shed]


def one_more(level: int) -> str:
    """Leave out the next one of this level or below; its name, empty when there is none left."""
    following = next((known for known in _registered if known.level <= level and known not in _shed), None)
    if following is None:
        return ""
    _act(following, following.on)
    _shed.append(following)
    gauges.report("shed", len(_shed))
    return following.name


def one_less() -> str:
    """Bring back what was left out last; its name, empty when everything is there."""
    if not _shed:
        return ""
    last = _shed.pop()
    _act(last, last.off)
    gauges.report("shed", len(_shed))
    return last.name


def to_level(level: int) -> None:
    """Everything of this level and below is left out, everything above it is back."""
    while _shed and any(shedder.level > level for shedder in _shed):
        one_less()
    while one_more(level):
        pass


def _act(shedder: Shedder, act: Callable[[], None]) -> None:
    try:
        act()
    except Exception:
        # One that fails must not keep the others from being shed.
        logger.exception("The shedder %r failed.", shedder.name)
