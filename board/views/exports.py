"""A board as a file."""

from collections.abc import AsyncIterator, Iterator
from typing import cast

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from board.access import board_for
from board.operations import Refused
from board.operations.errors import Forbidden
from board.portable.export import Export, export_board
from board.views.answers import PersonRequest, page
from board.views.errors import refusal


@page("GET")
def export(request: PersonRequest, slug: str) -> HttpResponse:
    seat = board_for(request.user, slug)
    try:
        if not seat.may("export"):
            raise Forbidden
        return attachment(request, export_board(seat.board, request.GET.get("as", "json")))
    except Refused as refused:
        return refusal(request, refused)


def attachment(request: HttpRequest, file: Export) -> HttpResponse:
    """Sent as it is read: neither the database's rows nor the text are in memory at once."""
    chunks = _in_threads(file.chunks) if isinstance(request, ASGIRequest) else file.chunks
    response = StreamingHttpResponse(chunks, content_type=file.content_type)
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return cast(HttpResponse, response)  # whoever gets it only passes it on


async def _in_threads(chunks: Iterator[str]) -> AsyncIterator[str]:
    def step() -> str | None:
        return next(chunks, None)

    while (chunk := await sync_to_async(step)()) is not None:
        yield chunk
