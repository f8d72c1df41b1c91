"""A board as a file."""

from django.http import HttpResponse

from board.access import board_for
from board.api.endpoint import Call, Endpoint
from board.operations.errors import Forbidden
from board.portable.export import export_board
from board.views.exports import attachment


def show(call: Call, slug: str) -> HttpResponse:
    seat = board_for(call.person, slug)
    if not seat.may("export"):
        raise Forbidden
    return attachment(call.request, export_board(seat.board, call.request.GET.get("as", "json")))


EXPORT = Endpoint(GET=show)
