"""A board as a file."""

from django.http import HttpResponse

from board.access import board_for
from board.operations import Refused
from board.operations.errors import Forbidden
from board.portable.export import export_board
from board.views.answers import PersonRequest, page
from board.views.downloads import attachment
from board.views.errors import refusal


@page("GET")
def export(request: PersonRequest, slug: str) -> HttpResponse:
    seat = board_for(request.user, slug)
    try:
        if not seat.may("export"):
            raise Forbidden
        file = export_board(seat.board, request.GET.get("as", "json"))
        return attachment(request, file.name, file.content_type, iter(file.chunks))
    except Refused as refused:
        return refusal(request, refused)
