"""API tokens: made, shown once, revoked. Not events of a board: they belong to one person."""

import secrets
from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from board.access import find_seat
from board.models import ApiToken, Board, User, token_hash
from board.operations import values
from board.operations.errors import Invalid, NotFound, wrong
from collaboration import bus

TOKEN_BYTES = 32  # nobody guesses 256 bits
DAYS = (7, 30, 90, 365)
MOST = 50  # tokens of one person that work; a program needs one


def make_token(by: User, name: str, limit: str = "write", days: int | None = None, board: str = "") -> str:
    """The token's text, which nobody can read again. `days`: one of DAYS or None for ever; `board`: a slug."""
    name, limit = values.name(name), values.choice(limit, "limit", ApiToken.Limit)
    if days is not None and days not in DAYS:
        raise wrong("days", _("Choose 7, 30, 90 or 365 days, or never."))
    if ApiToken.objects.valid().filter(user=by).count() >= MOST:
        raise Invalid(_("You have %(most)s tokens that work. Revoke one first.") % {"most": MOST})
    text = secrets.token_urlsafe(TOKEN_BYTES)
    ApiToken.objects.create(
        user=by,
        name=name,
        token_hash=token_hash(text),
        limit=limit,
        board=_own_board(by, board) if board else None,
        expires_at=timezone.now() + timedelta(days=days) if days else None,
    )
    return text


def revoke_token(by: User, uid: UUID) -> None:
    """Its streams end within 3 s. Revoking it again is harmless."""
    token = ApiToken.objects.filter(user=by, uid=uid).first()
    if token is None:
        raise NotFound
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        bus.nudge()


def _own_board(by: User, slug: str) -> Board:
    seat = find_seat(by, slug)
    if seat is None:
        raise wrong("board", _("Choose one of your boards."))
    return seat.board
