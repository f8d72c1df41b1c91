"""Taking back one's own change."""

from django.http import HttpResponse

from board import operations as do
from board.api import fields, serializers
from board.api.endpoint import Call, Endpoint


def create(call: Call, slug: str) -> HttpResponse:
    sent = call.read({}, {"seq": fields.whole})
    done = do.undo(slug, call.person, call.mid, sent.get("seq"))
    return serializers.written(done, event=serializers.event(done.recorded))


UNDO = Endpoint(POST=create)
