"""Refusals of the API as problems (RFC 9457): a `type` for programs, a `detail` a person can act on."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from board.operations.errors import NotFound, Refused
from board.views.errors import problem
from safeguards.refusals import limit_headers


class ApiRefusal(Refused):
    """A request that never reached an operation. `headers` go with the answer."""

    headers: tuple[tuple[str, str], ...] = ()


class NotSignedIn(ApiRefusal):
    status = 401
    type = "sign-in"
    headers = (("WWW-Authenticate", 'Bearer realm="Parley"'),)
    default = gettext_lazy("Sign in, or send an API token: Authorization: Bearer TOKEN.")


class BadToken(NotSignedIn):
    type = "bad-token"
    headers = (("WWW-Authenticate", 'Bearer realm="Parley", error="invalid_token"'),)
    default = gettext_lazy("This API token is not valid, or expired. Make a new one on your account page.")


class ReadOnlyToken(ApiRefusal):
    status = 403
    type = "read-only"
    default = gettext_lazy("This API token may only read. Make one that may write on your account page.")


class Malformed(ApiRefusal):
    status = 400
    type = "malformed"
    default = gettext_lazy("The body is not valid JSON. Send one JSON object.")


class NoKey(ApiRefusal):
    status = 400
    type = "idempotency-key"
    default = gettext_lazy(
        "Every write needs a header Idempotency-Key with a new UUID. To repeat it safely, send the same one."
    )


class WrongMethod(ApiRefusal):
    status = 405
    type = "method"

    def __init__(self, methods: list[str]) -> None:
        allowed = ", ".join(methods)
        super().__init__(_("This address answers %(methods)s only.") % {"methods": allowed})
        self.headers = (("Allow", allowed),)


class TooBig(ApiRefusal):
    status = 413
    type = "too-big"
    default = gettext_lazy("The body is larger than 64 KiB. Send less at once.")


class WrongContentType(ApiRefusal):
    status = 415
    type = "content-type"
    default = gettext_lazy("Send the body as JSON, with the header Content-Type: application/json.")


class Unavailable(ApiRefusal):
    status = 503
    type = "unavailable"
    headers = tuple((name.decode(), value.decode()) for name, value in limit_headers(2, "database"))
    default = gettext_lazy(
        "The database cannot be reached right now. Try again in a few seconds with the same key."
    )


def answer(refused: Refused) -> HttpResponse:
    response = problem(refused.status, refused.type, refused.detail, **refused.extra)
    response["Cache-Control"] = "no-store"
    for name, value in refused.headers if isinstance(refused, ApiRefusal) else ():
        response[name] = value
    return response


def nothing_here() -> Refused:
    return NotFound(_("There is no such address in the API. GET /api/v1/openapi.json lists them all."))
