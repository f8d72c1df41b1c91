"""What of the indicators is left out under pressure: first fewer frames, then cursors, typing, detail."""

from collections.abc import Callable

from collaboration.conf import PULSE_TICKS
from collaboration.pulse import Pace
from safeguards import shedders

pace = Pace()  # of this process


def register() -> None:
    normal, slow, slowest = PULSE_TICKS
    shedders.register("pulses coalesced", 1, lambda: _tick(slow), lambda: _tick(normal))
    shedders.register("pulses coalesced more", 1, lambda: _tick(slowest), lambda: _tick(slow))
    for name, part in (("cursors", "cursors"), ("typing", "typing"), ("presence detail", "detail")):
        shedders.register(name, 2, _setter(part, False), _setter(part, True))
    shedders.register("fragments", 3, _setter("fragments", False), _setter("fragments", True))


def _tick(seconds: float) -> None:
    pace.tick = seconds


def _setter(part: str, value: bool) -> Callable[[], None]:
    return lambda: setattr(pace, part, value)
