"""Everything the board hands down to the wire and the guard rail, in one place."""

from board import bagged, streams, updates
from collaboration import shedding
from safeguards import bags

RENDERERS = updates


def register() -> None:
    streams.register()
    shedding.register()
    bags.register("events", bagged.events)
