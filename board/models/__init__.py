from board.models.boards import Board, Zone, channel_name
from board.models.cards import ALIASES, Card, Kind
from board.models.people import ApiToken, Invite, Membership, Role, User, token_hash

__all__ = [
    "ALIASES",
    "ApiToken",
    "Board",
    "Card",
    "Invite",
    "Kind",
    "Membership",
    "Role",
    "User",
    "Zone",
    "channel_name",
    "token_hash",
]
