"""Everything the board hands down to the wire and the guard rail, in one place."""

from board import bagged, giving, streams, updates
from collaboration import shedding
from safeguards import bags
from safeguards.rollout import cohort

RENDERERS = updates


def register() -> None:
    streams.register()
    cohort.register()  # before the fragments of the same level
    shedding.register()
    bags.register("drafts", bagged.drafts)  # first: they are few, and the events may fill all there is
    bags.register_return("drafts", giving.give)
    bags.register("events", bagged.events)
