"""A board as a file."""

from django.http import HttpResponse

from board.access import board_for
from board.api.endpoint import Call, Endpoint
from board.operations.errors import Forbidden
from board.portable.export import export_board
from board.views.downloads import attachment


def show(call: Call, slug: str) -> HttpResponse:
    seat = board_for(call.person, slug)
    if not seat.may("export"):
        raise Forbidden
    file = export_board(seat.board, call.request.GET.get("as", "json"))
    return attachment(call.request, file.name, file.content_type, iter(file.chunks))


EXPORT = Endpoint(GET=show)
