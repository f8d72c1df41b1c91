"""Many cards at once: one write, one event."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from board.access import Seat
from board.models import Card, User
from board.operations.base import Done, once, writing
from board.operations.cards import PLACE, step
from board.operations.errors import wrong
from board.operations.placing import end_of
from board.rank import between
from collaboration.events import Log

MOST = 100  # cards in one move; more than a screen shows


@once
def move_cards(slug: str, by: User, mid: UUID, cards: list[UUID], zone: UUID) -> Done:
    """To the end of `zone`, in the order given."""
    if not 0 < len(set(cards)) == len(cards) <= MOST:
        raise wrong("cards", _("Choose 1 to 100 different cards."))
    with writing(slug, by, mid, "edit_card") as (log, seat):
        rows = cards_on(seat, cards)
        place = end_of(seat.board, uid=zone)
        ranks, last = [], place.last_rank
        for _row in rows:
            last = between(last, None)
            ranks.append(last)
        return Done(place_all([(row, place, rank) for row, rank in zip(rows, ranks, strict=True)], log), None)


def cards_on(seat: Seat, uids: list[UUID]) -> list[Card]:
    """In this order; all of them or none."""
    found = {
        row.uid: row for row in Card.objects.on_board().with_people().filter(board=seat.board, uid__in=uids)
    }
    if len(found) < len(uids):
        raise wrong("cards", _("One of these cards is not on this board, or was deleted. Nothing was moved."))
    return [found[uid] for uid in uids]


def place_all(places: list[tuple[Card, Any, str]], log: Log, **data: Any) -> Any:
    facts = [step(card, zone, rank) for card, zone, rank in places]
    Card.objects.bulk_update([card for card, _zone, _rank in places], PLACE)
    titles = sorted({zone.title for _card, zone, _rank in places})
    return log("cards.moved", cards=facts, titles=titles, **data)
