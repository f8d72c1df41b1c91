"""Is the process up, can it serve, and what are its figures."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from board.api.auth import bearer_token, person_of_token
from board.views.answers import wrong_method
from board.views.errors import problem
from collaboration.streams import is_leaving
from safeguards.metrics import prometheus_text


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    if is_leaving():
        return problem(503, "draining", _("This process is about to stop."))
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return problem(503, "database", _("The database does not answer."))
    return JsonResponse({"ready": True})


def metrics(request: HttpRequest) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return wrong_method(request, ("GET",))
    if not (_is_local(request) or _is_staff(request)):
        return problem(
            403, "forbidden", _("Figures are for staff. Sign in as staff, or ask from the server itself.")
        )
    return HttpResponse(prometheus_text(settings.DATA_DIR / "run"), content_type="text/plain; version=0.0.4")


def _is_staff(request: HttpRequest) -> bool:
    """A bearer token comes first; then the session is ignored. One for a single board opens no figures."""
    token = bearer_token(request.headers.get("Authorization", ""))
    person = person_of_token(token) if token is not None else request.user
    return bool(
        person and person.is_active and person.is_staff and getattr(person, "limited_to", None) is None
    )


def _is_local(request: HttpRequest) -> bool:
    proxied = settings.TRUSTED_PROXIES or "X-Forwarded-For" in request.headers
    return not proxied and request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"}
