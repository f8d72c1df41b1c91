"""Everything the board hands down to the wire and the guard rail, in one place."""

from board import bagged, streams, updates
from collaboration import shedding
from safeguards import bags
from safeguards.rollout import cohort

RENDERERS = updates


def register() -> None:
    streams.register()
    cohort.register()  # before the fragments of the same level
    shedding.register()
    bags.register("events", bagged.events)
