"""Everything the board hands down to the wire and the guard rail, in one place."""

from board import streams, updates

RENDERERS = updates


def register() -> None:
    streams.register()
