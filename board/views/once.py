"""A secret text carried over one redirect, to be shown once: in a signed cookie, so that the database never holds it."""

from django.http import HttpResponse

from board.views.answers import PersonRequest

SECONDS = 60


def carry(request: PersonRequest, response: HttpResponse, name: str, text: str, path: str) -> None:
    """`path`: the page that shows it; no other one is sent it."""
    response.set_signed_cookie(
        name,
        text,
        salt=_salt(request, name),
        max_age=SECONDS,
        path=path,
        secure=request.is_secure(),
        httponly=True,
        samesite="Strict",
    )


def carried(request: PersonRequest, name: str) -> str:
    """What was carried here, empty for nothing; the answer has to `let_go` of it."""
    return request.get_signed_cookie(name, default="", salt=_salt(request, name), max_age=SECONDS) or ""


def let_go(request: PersonRequest, response: HttpResponse, name: str, path: str) -> None:
    if name in request.COOKIES:
        response.delete_cookie(name, path=path, samesite="Strict")


def _salt(request: PersonRequest, name: str) -> str:
    """Bound to the person: whoever signs in next in this browser does not see it."""
    return f"board.views.once:{name}:{request.user.pk}"
