"""Undo: an ordinary event of the inverse kind, with `undoes`. Undoing an undo is redo."""

from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, Exists, OuterRef
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from board.access import Seat
from board.models import User
from board.operations.base import Done, actor_for, once, writing
from board.operations.errors import AlreadyUndone, Conflict, Forbidden, NotFound
from board.operations.inverses import INVERSES
from board.words import card_of
from collaboration.events import Log
from collaboration.models import CollaborationEvent


@once
def undo(slug: str, by: User, mid: UUID, seq: int | None = None) -> Done:
    """Take back one's own change `seq`; without it the last one not taken back yet."""
    with writing(slug, by, mid, "read", archived=True) as (log, seat):
        event = _event(log, by, seq, seat)
        inverse = INVERSES.get(event.kind)
        if inverse is None:
            raise Conflict(_("This change cannot be taken back."))
        if seat.board.archived_at and event.kind != "board.archived":
            raise Forbidden(
                _("This board is archived. Its owner can bring it back; then it can be changed again.")
            )
        if not seat.may(inverse.verb):
            raise Forbidden
        try:
            return Done(inverse.apply(event.data, log, seat), None)
        except Conflict as conflict:
            conflict.extra["card"] = card_of(event.data) or None  # for who wants to see both
            raise


def _event(log: Log, by: User, seq: int | None, seat: Seat) -> CollaborationEvent:
    if seq is None:
        mine = [kind for kind, inverse in INVERSES.items() if seat.may(inverse.verb)]
        own = _with_undone(log).filter(actor_id=str(by.uid), kind__in=mine, undone=False)
        own = own.exclude(kind="member.added", data__username=by.username)  # one's own joining
        found = own.exclude(data__has_key="undoes").order_by("-seq").first()
        if found is None:
            raise Conflict(_("There is nothing of yours to take back."))
    else:
        found = _with_undone(log).filter(seq=seq).first()
        if found is None:
            raise NotFound(_("There is no such change on this board."))
    if found.actor_id != actor_for(by).id:
        raise Forbidden(_("You can take back your own changes only."))
    if found.undone:
        raise AlreadyUndone
    found.data["undoes"] = found.seq
    return found


def _with_undone(log: Log) -> Any:
    events = CollaborationEvent.objects.filter(channel=log.channel)
    undoes = Cast(KT("data__undoes"), BigIntegerField())
    later = events.alias(taken=undoes).filter(seq__gt=OuterRef("seq"), taken=OuterRef("seq"))
    return events.annotate(undone=Exists(later))
