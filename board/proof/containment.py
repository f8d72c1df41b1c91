"""From when on an attack got no more than its share."""

import math
from collections.abc import Iterable

NEVER = math.inf  # what was waited for did not come about


def contained_after(times: Iterable[float], interval: float, spare: int = 1) -> float:
    """From when on no more came than one per `interval`, counted from there; `spare`: what timing may shift."""
    found, highest = 0.0, -NEVER
    for number, at in reversed(list(enumerate(sorted(times)))):
        ahead = number - at / interval
        highest = max(highest, ahead)
        if highest - ahead <= spare:
            found = at
    return found
