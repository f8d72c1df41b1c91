"""The ways back for replies, reactions and links."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from board import facts
from board.access import Seat
from board.models import Card, Link
from board.operations import cards, links, reactions, replies
from board.operations.errors import Conflict, Forbidden
from board.operations.inverses.base import Data, Inverse, expect, person, undoes
from collaboration.events import Log


def reply_added(data: Data, log: Log, seat: Seat) -> Any:
    reply = replies.reply_on(seat, UUID(data["reply"]["id"]))
    expect(facts.reply(reply), data["reply"])
    return replies.remove(reply, log, **undoes(data))


def reply_deleted(data: Data, log: Log, seat: Seat) -> Any:
    reply = replies.reply_on(seat, UUID(data["reply"]["id"]), deleted=None)
    expect(reply.deleted_at is not None, True)
    return replies.bring_back(reply, log, **undoes(data))


def reply_edited(data: Data, log: Log, seat: Seat) -> Any:
    reply = replies.reply_on(seat, UUID(data["reply"]))
    expect(reply.body, data["body"]["after"])
    return log("reply.edited", **replies.rewrite(reply, data["body"]["before"]), **undoes(data))


def reply_settled(data: Data, log: Log, seat: Seat) -> Any:
    reply = replies.reply_on(seat, UUID(data["reply"]))
    expect(reply.resolved_at is not None, data["resolved"]["after"])
    return replies.settle(reply, log, resolved=data["resolved"]["before"], **undoes(data))


def reply_promoted(data: Data, log: Log, seat: Seat) -> Any:
    reply = replies.reply_on(seat, UUID(data["reply"]["id"]))
    card = cards.card_on(seat, UUID(data["card"]["id"]))
    expect(facts.card(card), data["card"])
    cards.take_away(card)
    reply.promoted = None
    reply.save(update_fields=["promoted"])
    return log("reply.demoted", reply=facts.reply(reply), card=data["card"], **undoes(data))


def reply_demoted(data: Data, log: Log, seat: Seat) -> Any:
    reply = replies.reply_on(seat, UUID(data["reply"]["id"]))
    card = cards.card_on(seat, UUID(data["card"]["id"]), deleted=None)
    expect((reply.promoted_id, card.deleted_at is not None), (None, True))
    cards.put_back(card)
    reply.promoted = card
    reply.save(update_fields=["promoted"])
    return log("reply.promoted", reply=facts.reply(reply), card=facts.card(card), **undoes(data))


def reaction(data: Data, log: Log, seat: Seat) -> Any:
    """Back to whether it was given before."""
    by = person({"id": log.actor.id})
    card = cards.card_on(seat, UUID(data["card"]))
    if by is None:
        raise Forbidden
    act = reactions.react if data["given"]["before"] else reactions.take_back
    return act(card, by, data["reaction"], log, **undoes(data))


def link_added(data: Data, log: Log, seat: Seat) -> Any:
    return links.unlink(links.link_on(seat, UUID(data["link"]["id"])), log, **undoes(data))


def link_removed(data: Data, log: Log, seat: Seat) -> Any:
    fact = data["link"]
    ends = {
        str(row.uid): row
        for row in Card.objects.on_board().filter(board=seat.board, uid__in=[fact["from"], fact["to"]])
    }
    if len(ends) < 2:
        raise Conflict(_("One of the two cards was deleted since. Nothing was taken back."))
    source, target = ends[fact["from"]], ends[fact["to"]]
    link, made = Link.objects.get_or_create(
        source=source, target=target, relation=fact["relation"], defaults={"uid": fact["id"]}
    )
    expect(made, True)
    return log("link.added", link=facts.link(link), **undoes(data))


INVERSES = {
    "reply.added": Inverse(reply_added, "edit_card"),
    "reply.edited": Inverse(reply_edited, "edit_card"),
    "reply.deleted": Inverse(reply_deleted, "edit_card"),
    "reply.restored": Inverse(reply_added, "edit_card"),
    "reply.resolved": Inverse(reply_settled, "edit_card"),
    "reply.reopened": Inverse(reply_settled, "edit_card"),
    "reply.promoted": Inverse(reply_promoted, "edit_card"),
    "reply.demoted": Inverse(reply_demoted, "edit_card"),
    "reaction.added": Inverse(reaction, "edit_card"),
    "reaction.removed": Inverse(reaction, "edit_card"),
    "link.added": Inverse(link_added, "edit_card"),
    "link.removed": Inverse(link_removed, "edit_card"),
}
