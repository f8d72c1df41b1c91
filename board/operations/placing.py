"""Places: where in which zone a card goes."""

from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from board.models import Board, Card, Zone
from board.operations.errors import unknown_zone, wrong
from board.rank import between

# Written out: each new card asks this while others wait to write.
LAST_NUMBER = RawSQL("SELECT MAX(number) FROM board_card WHERE board_id = board_zone.board_id", [])
LAST_RANK = RawSQL("SELECT rank FROM board_card WHERE zone_id = board_zone.id ORDER BY rank DESC LIMIT 1", [])


def place_after(board: Board, zone: UUID, after: UUID | None, card: Card) -> tuple[Zone, str, str]:
    """Zone, rank and "end" when `after` is gone from that zone."""
    others = Card.objects.on_board().exclude(pk=card.pk)
    inside = others.filter(zone=OuterRef("pk"))
    target = (
        Zone.objects.filter(board=board, uid=zone)
        .annotate(first=_rank(inside.in_order()), last=_rank(inside.order_by("-rank", "-number")))
        .first()
    )
    if target is None:
        raise unknown_zone()
    if after is None:
        return target, between(None, target.first), ""
    below = others.filter(zone=OuterRef("zone"), rank__gt=OuterRef("rank")).in_order()
    above: Any = Card.objects.filter(board=board, uid=after).annotate(next=_rank(below)).first()
    if above is None:
        raise wrong("after", _("The card to put it after is not on this board."))
    if above.deleted_at or above.zone_id != target.pk or above.pk == card.pk:
        return target, between(target.last, None), "end"
    return target, between(above.rank, above.next), ""


def end_of(board: Board, **which: Any) -> Any:
    """The zone that `which` names, with `last_rank` of its cards and `last_number` of the board's."""
    zone = (
        Zone.objects.filter(board=board, **which)
        .annotate(last_number=LAST_NUMBER, last_rank=LAST_RANK)
        .order_by()[:1]
    )
    if not zone:
        raise unknown_zone()
    return zone[0]


def _rank(cards: QuerySet[Card]) -> Subquery:
    return Subquery(cards.values("rank")[:1])
