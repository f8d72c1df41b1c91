"""Cards: add, change, move, delete, restore."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from board import operations as do
from board.access import board_for
from board.api import body, fields, serializers
from board.api.endpoint import Call, Endpoint
from board.models import Card
from board.operations.base import slug_of
from board.talk import with_talk

FIELDS: body.Fields = {"body": fields.text, "kind": fields.text, "assignee": fields.text_or_null}


def create(call: Call, slug: str) -> HttpResponse:
    sent = call.read({"kind": fields.text, "body": fields.text, "zone": fields.uid})
    return answer(do.create_card(slug, call.person, call.mid, **sent), 201)


def show(call: Call, uid: UUID) -> HttpResponse:
    seat = board_for(call.person, slug_of("card", uid))
    (card,) = with_talk([get_object_or_404(Card.objects.with_people().on_board(), board=seat.board, uid=uid)])
    return serializers.reply({"card": serializers.whole_card(card), "board": seat.board.slug})


def change(call: Call, uid: UUID) -> HttpResponse:
    changes = call.read({"base_version": fields.whole}, FIELDS)
    base_version = changes.pop("base_version")
    return answer(do.edit_card(uid, call.person, call.mid, changes, base_version))


def move(call: Call, uid: UUID) -> HttpResponse:
    sent: dict[str, Any] = call.read(
        {"zone": fields.uid, "after": fields.uid_or_null, "base_version": fields.whole}
    )
    return answer(do.move_card(uid, call.person, call.mid, **sent))


def delete(call: Call, uid: UUID) -> HttpResponse:
    call.read({})
    return answer(do.delete_card(uid, call.person, call.mid))


def restore(call: Call, uid: UUID) -> HttpResponse:
    call.read({})
    return answer(do.restore_card(uid, call.person, call.mid))


def answer(done: do.Done, status: int = 200) -> HttpResponse:
    return serializers.written(done, status, card=serializers.card(done.object))


CARDS = Endpoint("create_card", POST=create)
CARD = Endpoint("edit_card", "card", GET=show, PATCH=change, DELETE=delete)
MOVE = Endpoint("edit_card", "card", POST=move)
RESTORE = Endpoint("edit_card", "card", POST=restore)
