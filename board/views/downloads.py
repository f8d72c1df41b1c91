"""A file that is sent as it is made: never as a whole in memory."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse


def attachment(request: HttpRequest, name: str, content_type: str, pieces: Iterator[Any]) -> HttpResponse:
    """`name`: what the browser calls it; ours, never a person's text."""
    sent = _in_threads(pieces) if isinstance(request, ASGIRequest) else pieces
    response = StreamingHttpResponse(sent, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return cast(HttpResponse, response)  # whoever gets it only passes it on


async def _in_threads(pieces: Iterator[Any]) -> AsyncIterator[Any]:
    def step() -> Any:
        return next(pieces, None)

    while (piece := await sync_to_async(step)()) is not None:
        yield piece
