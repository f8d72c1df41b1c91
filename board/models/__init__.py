from board.models.boards import Board, Zone, channel_name
from board.models.cards import ALIASES, Card, Kind
from board.models.drafts import Draft
from board.models.imports import Import
from board.models.people import Invite, Membership, Role, User, token_hash
from board.models.talk import Link, Mention, Outcome, Reaction, Reply
from board.models.tokens import ApiToken

__all__ = [
    "ALIASES",
    "ApiToken",
    "Board",
    "Card",
    "Draft",
    "Import",
    "Invite",
    "Kind",
    "Link",
    "Membership",
    "Mention",
    "Outcome",
    "Reaction",
    "Reply",
    "Role",
    "User",
    "Zone",
    "channel_name",
    "token_hash",
]
