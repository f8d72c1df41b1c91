"""What is said about a card: replies, marks, links, how it ends."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from board import operations as do
from board.api import fields, serializers
from board.api.cards import answer
from board.api.endpoint import Call, Endpoint


def resolve(call: Call, uid: UUID) -> HttpResponse:
    sent = call.read({"kind": fields.text, "statement": fields.text})
    return answer(do.resolve_card(uid, call.person, call.mid, **sent))


def reopen(call: Call, uid: UUID) -> HttpResponse:
    call.read({})
    return answer(do.reopen_card(uid, call.person, call.mid))


def park(call: Call, uid: UUID) -> HttpResponse:
    sent = call.read({"reason": fields.text}, {"until": fields.text_or_null})
    return answer(do.park_card(uid, call.person, call.mid, sent["reason"], sent.get("until")))


def react(call: Call, uid: UUID) -> HttpResponse:
    return answer(do.add_reaction(uid, call.person, call.mid, **call.read({"reaction": fields.text})))


def take_back(call: Call, uid: UUID, reaction: str) -> HttpResponse:
    call.read({})
    return answer(do.remove_reaction(uid, call.person, call.mid, reaction))


def link(call: Call, uid: UUID) -> HttpResponse:
    sent = call.read({"to": fields.uid, "relation": fields.text})
    done = do.add_link(uid, call.person, call.mid, **sent)
    return serializers.written(done, 201, link=serializers.link(done.object))


def unlink(call: Call, uid: UUID) -> HttpResponse:
    call.read({})
    return serializers.written(do.remove_link(uid, call.person, call.mid), link=None)


def reply(call: Call, uid: UUID) -> HttpResponse:
    return _answered(do.add_reply(uid, call.person, call.mid, **call.read({"body": fields.text})), 201)


def edit_reply(call: Call, uid: UUID) -> HttpResponse:
    sent = call.read({"body": fields.text, "base_version": fields.whole})
    return _answered(do.edit_reply(uid, call.person, call.mid, **sent))


def promote_reply(call: Call, uid: UUID) -> HttpResponse:
    return _answered(do.promote_reply(uid, call.person, call.mid, **call.read({"kind": fields.text})))


def _change(operation: Callable[..., do.Done]) -> Callable[..., HttpResponse]:
    def change(call: Call, uid: UUID) -> HttpResponse:
        call.read({})
        return _answered(operation(uid, call.person, call.mid))

    return change


def _answered(done: do.Done, status: int = 200) -> HttpResponse:
    return serializers.written(done, status, reply=serializers.reply_of(done.object))


def move_many(call: Call, slug: str) -> HttpResponse:
    sent: dict[str, Any] = call.read({"cards": fields.uids, "zone": fields.uid})
    done = do.move_cards(slug, call.person, call.mid, **sent)
    return serializers.written(done, event=serializers.event(done.recorded))


RESOLVE = Endpoint("edit_card", "card", POST=resolve)
REOPEN = Endpoint("edit_card", "card", POST=reopen)
PARK = Endpoint("edit_card", "card", POST=park)
MOVE_MANY = Endpoint("edit_card", POST=move_many)
REACTIONS = Endpoint("edit_card", "card", POST=react)
REACTION = Endpoint("edit_card", "card", DELETE=take_back)
LINKS = Endpoint("edit_card", "card", POST=link)
LINK = Endpoint("edit_card", "link", DELETE=unlink)
REPLIES = Endpoint("edit_card", "card", POST=reply)
REPLY = Endpoint("edit_card", "reply", PATCH=edit_reply, DELETE=_change(do.delete_reply))
PROMOTE = Endpoint("edit_card", "reply", POST=promote_reply)
REPLY_CHANGES = {
    "restore": Endpoint("edit_card", "reply", POST=_change(do.restore_reply)),
    "resolve": Endpoint("edit_card", "reply", POST=_change(do.resolve_reply)),
    "reopen": Endpoint("edit_card", "reply", POST=_change(do.reopen_reply)),
}
