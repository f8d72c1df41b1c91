"""Cards: add, change, move, delete, restore."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from board import operations as do
from board.api import body, fields, serializers
from board.api.endpoint import Call, Endpoint

FIELDS: body.Fields = {"body": fields.text, "kind": fields.text, "assignee": fields.text_or_null}


def create(call: Call, slug: str) -> HttpResponse:
    sent = call.read({"kind": fields.text, "body": fields.text, "zone": fields.uid})
    return answer(do.create_card(slug, call.person, call.mid, **sent), 201)


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


CARDS = Endpoint(POST=create)
CARD = Endpoint(PATCH=change, DELETE=delete)
MOVE = Endpoint(POST=move)
RESTORE = Endpoint(POST=restore)
