"""The way back to where a card stood."""

from uuid import UUID

from django.utils.translation import gettext as _

from board.access import Seat
from board.models import Card, Zone
from board.operations.cards import card_on
from board.operations.errors import Conflict
from board.operations.inverses.base import Data, expect


def back(data: Data, seat: Seat) -> tuple[Card, Zone]:
    """The card where the change left it, and the zone it came from."""
    card = card_on(seat, UUID(data["card"]))
    expect_place(card, data)
    zone = Zone.objects.filter(board=seat.board, uid=data["zone"]["before"]).first()
    if zone is None:
        raise Conflict(_("The zone it came from is gone. Nothing was taken back."))
    return card, zone


def expect_place(card: Card, data: Data) -> None:
    now = {"zone": str(card.zone.uid), "rank": card.rank}
    expect(now, {"zone": data["zone"]["after"], "rank": data["rank"]["after"]})
