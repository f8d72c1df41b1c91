"""Sessions: plan, start, pause, resume, end."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from board import operations as do
from board.access import board_for
from board.api import fields, serializers
from board.api.endpoint import Call, Endpoint
from board.operations.base import slug_of
from collaboration.models import CollaborationSession


def create(call: Call, slug: str) -> HttpResponse:
    sent = call.read({}, {"title": fields.text})
    return answer(do.create_session(slug, call.person, call.mid, sent.get("title", "")), 201)


def show(call: Call, uid: UUID) -> HttpResponse:
    slug = board_for(call.person, slug_of("session", uid)).board.slug
    session = CollaborationSession.objects.get(uid=uid)
    people = session.participants.order_by("joined_at", "id").values("actor_id", "actor_name")
    participants = [{"id": row["actor_id"], "name": row["actor_name"]} for row in people]
    span: dict[str, Any] = {"from_seq": session.from_seq, "to_seq": session.to_seq}
    facts = serializers.session(session)
    return serializers.reply({"session": facts, "board": slug, "participants": participants, **span})


def change(operation: Callable[..., do.Done]) -> Endpoint:
    def carry_out(call: Call, uid: UUID) -> HttpResponse:
        call.read({})
        return answer(operation(uid, call.person, call.mid))

    return Endpoint("manage_sessions", "session", POST=carry_out)


def answer(done: do.Done, status: int = 200) -> HttpResponse:
    return serializers.written(done, status, session=serializers.session(done.object))


SESSIONS = Endpoint("manage_sessions", POST=create)
SESSION = Endpoint(GET=show)
CHANGES = {
    "start": change(do.start_session),
    "pause": change(do.pause_session),
    "resume": change(do.resume_session),
    "end": change(do.end_session),
}
