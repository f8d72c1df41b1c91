"""Refusals and errors as pages for people, as problems (RFC 9457) for scripts."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from board.operations.errors import Refused
from safeguards.refusals import limit_headers

TITLES = {
    400: gettext_lazy("This request could not be read"),
    401: gettext_lazy("You are not signed in"),
    403: gettext_lazy("This is not yours to do"),
    404: gettext_lazy("There is nothing here"),
    405: gettext_lazy("This does not work that way"),
    409: gettext_lazy("This cannot be done now"),
    410: gettext_lazy("This is gone"),
    413: gettext_lazy("This is too big"),
    415: gettext_lazy("This has to be JSON"),
    422: gettext_lazy("Something has to be corrected"),
    429: gettext_lazy("Slow down for a moment"),
    500: gettext_lazy("Something broke on our side"),
    503: gettext_lazy("This does not work right now"),
}

TITLES_OF_TYPES = {  # where the status alone says too little
    "conflict": gettext_lazy("Somebody was faster"),
    "archived": gettext_lazy("This board is archived"),
    "already-undone": gettext_lazy("This is undone already"),
    "last-owner": gettext_lazy("A board needs an owner"),
    "session-state": gettext_lazy("The session does not allow this now"),
    "key-reused": gettext_lazy("This request id is used already"),
    "loop": gettext_lazy("A chain of reactions was cut"),
}


def title_of(status: int, type: str, extra: dict[str, Any]) -> str:
    of_state = type == "conflict" and "current" not in extra  # nobody else's text is in the way
    return str(TITLES.get(status, "") if of_state else TITLES_OF_TYPES.get(type, TITLES.get(status, "")))


def wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", "")


def problem(status: int, type: str, detail: str, **extra: Any) -> HttpResponse:
    bucket = extra.pop("bucket", "")
    body = {"type": type, "title": title_of(status, type, extra), "status": status, "detail": detail, **extra}
    response = HttpResponse(
        json.dumps(body, default=str), status=status, content_type="application/problem+json"
    )
    return say_when(response, extra.get("retry_after", 0), bucket)


def say_when(response: HttpResponse, retry_after: float, bucket: str) -> HttpResponse:
    """When to come back, and which limit said no, in the headers of a refusal."""
    for name, value in limit_headers(retry_after, bucket):
        response[name.decode()] = value.decode()
    return response


def error_page(
    request: HttpRequest, status: int, detail: str, type: str = "error", **extra: Any
) -> HttpResponse:
    if wants_json(request):
        return problem(status, type, detail, **extra)
    context = {
        "title": title_of(status, type, extra),
        "sentence": detail,
        "status": status,
        "action": None,
        **extra,
    }
    return render(request, "errors/error.html", context, status=status)


def refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    return error_page(request, refused.status, refused.detail, refused.type, **refused.extra)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(
        request, 400, _("The server could not read this request. Go back, reload and try again.")
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(
        request, 403, str(exception) or _("Your account may not do this. Ask an owner or an admin.")
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(
        request, 404, _("The page does not exist, or it is not yours to see. Go to your boards.")
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Asks nobody who is looking: the database may be what broke."""
    words = _("This is our fault, not yours. What you wrote is kept in your browser; try again.")
    if wants_json(request):
        return problem(500, "error", words)
    page = render_to_string(
        "errors/standalone.html", {"title": TITLES[500], "sentence": words, "status": 500}
    )
    return HttpResponse(page, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    words = _("This form is too old or came from another site. Go back, reload the page and send it again.")
    if request.path.startswith("/api/"):
        words = _("Send the csrftoken cookie's value in the header X-CSRFToken, or an API token instead.")
    return error_page(request, 403, words, "csrf")
