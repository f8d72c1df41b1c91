"""Everything the board hands down to the wire and the guard rail, in one place."""

from board import streams, updates
from collaboration import shedding

RENDERERS = updates


def register() -> None:
    streams.register()
    shedding.register()
