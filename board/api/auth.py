"""Who calls the API: a bearer token, or the session of a signed-in browser."""

from collections.abc import Callable
from typing import cast

from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponse

from board.api.body import check_envelope
from board.api.problems import BadToken, NotSignedIn, answer
from board.models import ApiToken, User, token_hash
from board.operations.errors import Refused
from safeguards.identity import token_accepted

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
    """Sets `request.person`. Raises NotSignedIn or BadToken."""
    token = bearer_token(request.headers.get("Authorization", ""))
    if token is None:
        request.person = person_of_session(request)
        return
    person = person_of_token(token)
    if person is None:
        raise BadToken
    request.person = person
    request._dont_enforce_csrf_checks = True


def bearer_token(header: str) -> str | None:
    """The token of an Authorization header; None when it is of another scheme, as a proxy's own may be."""
    scheme, _space, token = header.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def person_of_token(token: str) -> User | None:
    digest = token_hash(token)
    rows = ApiToken.objects.filter(token_hash=digest, revoked_at=None, user__is_active=True)
    row = rows.select_related("user").first()
    if row is None:
        return None
    token_accepted(digest)
    return row.user


def person_of_session(request: HttpRequest) -> User:
    user = get_user(request)
    if not isinstance(user, User):
        raise NotSignedIn
    return user
