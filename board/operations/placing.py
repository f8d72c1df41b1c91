"""Places: where in which zone a card goes."""

from typing import Any
from uuid import UUID

from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from board.models import Board, Card, Zone
from board.operations.errors import unknown_zone, wrong
from board.rank import between


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
    numbers = (
        Card.objects.filter(board=board)
        .order_by()
        .values("board")
        .annotate(most=Max("number"))
        .values("most")
    )
    zone = (
        Zone.objects.filter(board=board, **which)
        .annotate(
            last_number=Subquery(numbers),
            last_rank=_rank(Card.objects.filter(zone=OuterRef("pk")).order_by("-rank")),
        )
        .first()
    )
    if zone is None:
        raise unknown_zone()
    return zone


def _rank(cards: QuerySet[Card]) -> Subquery:
    return Subquery(cards.values("rank")[:1])
