"""A board's tables from its log: one small function per kind of event."""

from board.replay import boards, cards, members, outcomes, sessions, talk
from board.replay.base import Past, apply, replayed_kinds, replays
from board.replay.facts import Damaged, Facts
from board.replay.people import People
from board.replay.stage import Stage

__all__ = ["Damaged", "Facts", "Past", "People", "Stage", "apply", "replayed_kinds", "replays"]

REPLAYERS = (boards, cards, members, outcomes, sessions, talk)  # registered by being imported
