"""Is the process up, can it serve, and what are its figures."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from board.views.answers import wrong_method
from board.views.errors import problem
from collaboration.hub import current_hub
from safeguards.metrics import prometheus_text


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    here = current_hub()
    if here is not None and here.draining:
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
    if not (_is_local(request) or (request.user.is_active and request.user.is_staff)):
        return problem(
            403, "forbidden", _("Figures are for staff. Sign in as staff, or ask from the server itself.")
        )
    return HttpResponse(prometheus_text(), content_type="text/plain; version=0.0.4")


def _is_local(request: HttpRequest) -> bool:
    proxied = settings.TRUSTED_PROXIES or "X-Forwarded-For" in request.headers
    return not proxied and request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"}
