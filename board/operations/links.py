"""Links between cards: supports, refutes, answers, duplicates."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from board import facts
from board.access import Seat
from board.models import Card, Link, User
from board.operations import values
from board.operations.base import Done, once, slug_of, writing
from board.operations.errors import Conflict, NotFound, wrong
from collaboration.events import Log


@once
def add_link(card: UUID, by: User, mid: UUID, to: UUID, relation: str, slug: str = "") -> Done:
    """`card` supports, refutes, answers or duplicates `to`."""
    relation = values.choice(relation, "relation", Link.Relation)
    with writing(slug or slug_of("card", card), by, mid, "edit_card") as (log, seat):
        source, target = _both(seat, card, to)
        if Link.objects.filter(source=source, target=target, relation=relation).exists():
            raise Conflict(_("These two cards are linked like this already."))
        link = Link.objects.create(source=source, target=target, relation=relation)
        return Done(log("link.added", link=facts.link(link)), link)


@once
def remove_link(uid: UUID, by: User, mid: UUID, slug: str = "") -> Done:
    with writing(slug or slug_of("link", uid), by, mid, "edit_card") as (log, seat):
        link = link_on(seat, uid)
        return Done(unlink(link, log), None)


def unlink(link: Link, log: Log, **data: Any) -> Any:
    fact = facts.link(link)
    link.delete()
    return log("link.removed", link=fact, **data)


def link_on(seat: Seat, uid: UUID) -> Link:
    link = Link.objects.select_related("source", "target").filter(source__board=seat.board, uid=uid).first()
    if link is None:
        raise NotFound(_("This link is gone already."))
    return link


def _both(seat: Seat, card: UUID, to: UUID) -> tuple[Card, Card]:
    found = {row.uid: row for row in Card.objects.on_board().filter(board=seat.board, uid__in=[card, to])}
    if card not in found:
        raise NotFound
    if to == card:
        raise wrong("to", _("A card cannot be linked to itself. Choose another one."))
    if to not in found:
        raise wrong("to", _("The card to link to is not on this board."))
    return found[card], found[to]
