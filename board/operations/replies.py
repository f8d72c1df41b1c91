"""Replies on a card: add, edit, delete, restore, resolve, reopen, promote to a card of their own."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from board import facts
from board.access import Seat
from board.markdown import to_html
from board.models import Card, Reply, User
from board.operations import cards, values
from board.operations.base import Done, once, slug_of, writing
from board.operations.errors import Conflict, Forbidden, NotFound
from board.operations.mentions import mention
from board.operations.placing import end_of
from board.rank import between
from collaboration.events import Log


@once
def add_reply(card: UUID, by: User, mid: UUID, body: str, slug: str = "") -> Done:
    body = values.body(body)
    with writing(slug or slug_of("card", card), by, mid, "edit_card") as (log, seat):
        on = cards.card_on(seat, card)
        reply = Reply.objects.create(
            card=on, body=body, body_html=to_html(body), author=by, created_at=log.now
        )
        mentions = mention(seat.board, by, on, body, reply=reply)
        return Done(log("reply.added", reply=facts.reply(reply), mentions=mentions), reply)


@once
def edit_reply(uid: UUID, by: User, mid: UUID, body: str, base_version: int, slug: str = "") -> Done:
    """One's own words only. Raises Conflict when they changed since."""
    body = values.body(body)
    values.version(base_version)
    with writing(slug or slug_of("reply", uid), by, mid, "edit_card") as (log, seat):
        reply = reply_on(seat, uid)
        if reply.author_id != by.pk:
            raise Forbidden(_("These are somebody else's words. Write a reply of your own."))
        values.seen(base_version, reply.version)
        if reply.version != base_version and reply.body != body:
            raise Conflict(current={"body": reply.body, "version": reply.version}, yours={"body": body})
        before = reply.body
        data = rewrite(reply, body)
        mentions = mention(seat.board, by, reply.card, body, before=before, reply=reply)
        return Done(log("reply.edited", **data, mentions=mentions), reply)


@once
def delete_reply(uid: UUID, by: User, mid: UUID, slug: str = "") -> Done:
    with writing(slug or slug_of("reply", uid), by, mid, "edit_card") as (log, seat):
        reply = reply_on(seat, uid)
        own_or_any(reply, by, seat)
        return Done(remove(reply, log), reply)


@once
def restore_reply(uid: UUID, by: User, mid: UUID, slug: str = "") -> Done:
    with writing(slug or slug_of("reply", uid), by, mid, "edit_card") as (log, seat):
        reply = reply_on(seat, uid, deleted=None)
        own_or_any(reply, by, seat)
        return Done(bring_back(reply, log), reply)


@once
def resolve_reply(uid: UUID, by: User, mid: UUID, slug: str = "") -> Done:
    with writing(slug or slug_of("reply", uid), by, mid, "edit_card") as (log, seat):
        reply = reply_on(seat, uid)
        return Done(settle(reply, log, resolved=True), reply)


@once
def reopen_reply(uid: UUID, by: User, mid: UUID, slug: str = "") -> Done:
    with writing(slug or slug_of("reply", uid), by, mid, "edit_card") as (log, seat):
        reply = reply_on(seat, uid)
        return Done(settle(reply, log, resolved=False), reply)


@once
def promote_reply(uid: UUID, by: User, mid: UUID, kind: str, slug: str = "") -> Done:
    """The reply becomes a card of its author's at the end of its card's zone, and points to it."""
    kind = values.kind(kind)
    with writing(slug or slug_of("reply", uid), by, mid, "edit_card") as (log, seat):
        reply = reply_on(seat, uid)
        if reply.promoted is not None and reply.promoted.deleted_at is None:
            raise Conflict(
                _("This reply is a card already: #%(number)s.") % {"number": reply.promoted.number}
            )
        place = end_of(seat.board, pk=reply.card.zone_id)
        card = Card.objects.create(
            board=seat.board,
            zone=place,
            number=(place.last_number or 0) + 1,
            kind=kind,
            body=reply.body,
            body_html=reply.body_html,
            rank=between(place.last_rank, None),
            author=reply.author,
        )
        reply.promoted = card
        reply.save(update_fields=["promoted"])
        return Done(log("reply.promoted", reply=facts.reply(reply), card=facts.card(card)), reply)


def reply_on(seat: Seat, uid: UUID, *, deleted: bool | None = False) -> Reply:
    """The reply under the lock, on a card that is not deleted. `deleted` as for cards."""
    reply = Reply.objects.with_people().filter(card__board=seat.board, uid=uid).first()
    if reply is None or reply.card.deleted_at:
        raise NotFound
    if deleted is not None and bool(reply.deleted_at) is not deleted:
        raise NotFound(_("This reply was deleted."))
    return reply


def own_or_any(reply: Reply, by: User, seat: Seat) -> None:
    if reply.author_id != by.pk and not seat.may("delete_any"):
        raise Forbidden(_("You can delete your own replies. Ask a facilitator for this one."))


def rewrite(reply: Reply, body: str) -> dict[str, Any]:
    before = reply.body
    if body != before:
        reply.body, reply.body_html = body, to_html(body)
        reply.version += 1
        reply.save(update_fields=["body", "body_html", "version"])
    return about(reply) | {"body": {"before": before, "after": body}, "version": reply.version}


def remove(reply: Reply, log: Log, **data: Any) -> Any:
    before = facts.reply(reply)
    reply.deleted_at = timezone.now()
    reply.save(update_fields=["deleted_at"])
    return log("reply.deleted", reply=before, **data)


def bring_back(reply: Reply, log: Log, **data: Any) -> Any:
    reply.deleted_at = None
    reply.save(update_fields=["deleted_at"])
    return log("reply.restored", reply=facts.reply(reply), **data)


def settle(reply: Reply, log: Log, *, resolved: bool, **data: Any) -> Any:
    before = reply.resolved_at is not None
    if before is not resolved:
        reply.resolved_at = log.now if resolved else None
        reply.save(update_fields=["resolved_at"])
    facts_now = about(reply) | {"resolved": {"before": before, "after": resolved}}
    return log("reply.resolved" if resolved else "reply.reopened", **facts_now, **data)


def about(reply: Reply) -> dict[str, Any]:
    return {"reply": str(reply.uid), "card": str(reply.card.uid), "number": reply.card.number}
