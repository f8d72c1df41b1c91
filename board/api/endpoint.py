"""One address of the API: a handler per method, and every refusal turned into a problem."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse

from board.api import body
from board.api.auth import SAFE, ApiRequest
from board.api.problems import Unavailable, WrongMethod, answer, nothing_here
from board.models import User
from board.operations.base import permission_first, slug_of
from board.operations.errors import NotFound, Refused


@dataclass(frozen=True, slots=True)
class Call:
    """A request by a known person."""

    request: HttpRequest
    person: User

    @property
    def mid(self) -> UUID:
        """The write's Idempotency-Key. Raises NoKey."""
        return body.idempotency_key(self.request)

    def read(self, required: body.Fields, optional: body.Fields | None = None) -> dict[str, Any]:
        return body.read(self.request, required, optional)


Handler = Callable[..., HttpResponse]


class Endpoint:
    """A Django view made of handlers: `Endpoint(GET=show, POST=create)`."""

    def __init__(self, verb: str = "read", of: str = "board", **handlers: Handler) -> None:
        """`verb`: what a role has to allow before a write is read; `of`: what `uid` in its address is of."""
        self.handlers, self.verb, self.of = handlers, verb, of

    @property
    def methods(self) -> list[str]:
        return [*self.handlers, *(["HEAD"] if "GET" in self.handlers else [])]

    def __call__(self, request: HttpRequest, **ids: Any) -> HttpResponse:
        try:
            return self._handler(request)(Call(request, cast(ApiRequest, request).person), **ids)
        except Refused as refused:
            return answer(self._told(refused, request, **ids))
        except Http404:
            return answer(NotFound())
        except (OperationalError, InterfaceError):
            return answer(Unavailable())

    def _told(self, refused: Refused, request: HttpRequest, **ids: Any) -> Refused:
        if request.method in SAFE or refused.status not in {400, 422} or not {"slug", "uid"} & set(ids):
            return refused
        try:
            slug = ids.get("slug") or slug_of(self.of, ids["uid"])
        except NotFound as gone:
            return gone
        return permission_first(refused, slug, cast(ApiRequest, request).person, self.verb)

    def _handler(self, request: HttpRequest) -> Handler:
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method not in self.handlers:
            raise WrongMethod(self.methods)
        return self.handlers[method]


def unknown_address(request: HttpRequest, rest: str) -> HttpResponse:
    return answer(nothing_here())
