"""The log of a board, page by page."""

from django.http import HttpResponse

from board.access import board_for
from board.api import fields, serializers
from board.api.endpoint import Call, Endpoint
from board.operations.errors import Gone
from collaboration.changes import public
from collaboration.models import Channel

LIMIT, MOST = 100, 500
LAST = 10**15 - 1  # as many digits as an id of the stream may have


def index(call: Call, slug: str) -> HttpResponse:
    channel = Channel.objects.get(name=board_for(call.person, slug).board.channel)
    since = fields.number_in_query(call.request, "since", channel.oldest - 1, 0, LAST)
    limit = fields.number_in_query(call.request, "limit", LIMIT, 1, MOST)
    if since < channel.oldest - 1:
        raise Gone(head=channel.seq, oldest=channel.oldest)
    # An audience is a part of the people on the board; the log of the board shows what all may see.
    rows = channel.events.filter(seq__gt=since, seq__lte=channel.seq, audience="").order_by("seq")[:limit]
    span = {"epoch": channel.epoch, "head": channel.seq, "oldest": channel.oldest}
    return serializers.reply({**span, "events": [public(row) for row in rows]})


EVENTS = Endpoint(GET=index)
