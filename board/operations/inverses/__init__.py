"""For every kind of event: what takes it back, and who may."""

from board.operations.inverses import boards, cards, outcomes, people, sessions, talk
from board.operations.inverses.base import Inverse

INVERSES: dict[str, Inverse] = (
    boards.INVERSES | people.INVERSES | cards.INVERSES | outcomes.INVERSES | talk.INVERSES | sessions.INVERSES
)
