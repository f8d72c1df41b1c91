"""Who calls the API: a bearer token, or the session of a signed-in browser."""

from collections.abc import Callable
from typing import cast

from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponse

from board.api.body import check_envelope
from board.api.problems import BadToken, NotSignedIn, ReadOnlyToken, answer
from board.bearers import accepted
from board.models import User, token_hash
from board.operations.errors import Refused

PREFIX = "/api/v1/"
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class ApiRequest(HttpRequest):
    """A request as BearerTokens leaves it. `request.user` stays the session's, which a token ignores."""

    person: User
    _dont_enforce_csrf_checks: bool


class BearerTokens:
    """Before the CSRF check: 401 for the unknown; a token passes, as no browser adds one by itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        try:
            identify(cast(ApiRequest, request))
            if request.method not in SAFE:
                check_envelope(request)
        except Refused as refused:
            return answer(refused)
        return self.get_response(request)


def identify(request: ApiRequest) -> None:
    """Sets `request.person`. Raises NotSignedIn, BadToken or ReadOnlyToken."""
    text = bearer_token(request.headers.get("Authorization", ""))
    if text is None:
        request.person = person_of_session(request)
        return
    token = accepted(token_hash(text))
    if token is None:
        raise BadToken
    if request.method not in SAFE and not token.may_write:
        raise ReadOnlyToken
    request.person = token.user
    request._dont_enforce_csrf_checks = True


def bearer_token(header: str) -> str | None:
    """The token of an Authorization header; None when it is of another scheme, as a proxy's own may be."""
    scheme, _space, token = header.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def person_of_token(text: str) -> User | None:
    token = accepted(token_hash(text))
    return token.user if token else None


def person_of_session(request: HttpRequest) -> User:
    user = get_user(request)
    if not isinstance(user, User):
        raise NotSignedIn
    return user
