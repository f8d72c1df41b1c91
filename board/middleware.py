"""What every request of the site gets: a content security policy, its context for the log, refusals in words."""

import codecs
import hashlib
import re
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _

from board.operations.errors import Loop, Refused, Unreadable
from board.views.errors import refusal
from collaboration.context import RequestContext, acting
from collaboration.hops import origin_of
from safeguards.admission import admit
from safeguards.identity import browser_of
from safeguards.kernel.hops import admit_hop
from safeguards.rollout import contracts

Handler = Callable[[HttpRequest], HttpResponse]

POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
TRUSTED_TYPES = "; require-trusted-types-for 'script'; trusted-types parley"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
REACTIONS = 10_000  # remembered at most
_reacted: dict[str, None] = {}
CAUSED_BY = re.compile(r"[0-9a-f]{8}-[0-9]{1,15}")
CAUSE = re.compile(r"[A-Za-z0-9_-]{1,64}")


class ContentSecurityPolicy:
    """Trusted Types everywhere but in Django admin, whose jQuery does not load under them."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = POLICY if request.path.startswith("/admin/") else POLICY + TRUSTED_TYPES
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class WithoutNul:
    """A path or cookie with a NUL is none of ours, and no database could look for it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info:
            raise Http404
        if any("\0" in value for value in request.COOKIES.values()):
            request.COOKIES = {name: value for name, value in request.COOKIES.items() if "\0" not in value}
        return self.get_response(request)


class WriteContext:
    """Fingerprint, cause and hop of a write, for the event it records."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in WRITES:
            return self.get_response(request)
        try:
            if is_form(request):
                read_form(request)
            context = RequestContext(fingerprint(request), *cause_and_hop(request))
        except Refused as refused:
            return refusal(request, refused)
        with acting(context):
            return self.get_response(request)


class RefusalPages:
    """A refusal that no view turned into something better becomes a page, or a problem for a script."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refusal(request, exception) if isinstance(exception, Refused) else None


def is_form(request: HttpRequest) -> bool:
    return (request.content_type or "").endswith(("form-urlencoded", "form-data"))


def read_form(request: HttpRequest) -> None:
    """Raises Unreadable for a form that its sender's program made wrongly, or with too many fields."""
    try:
        codecs.lookup((request.content_params or {}).get("charset", "utf-8"))
        len(request.POST)  # reading is what may fail
    except (BadRequest, MultiPartParserError, SuspiciousOperation, LookupError, UnicodeError) as error:
        raise Unreadable from error


def fingerprint(request: HttpRequest) -> str:
    """sha256 of method, path and body. Forms are read field by field: a new CSRF token is no other request."""
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    if is_form(request):
        for name in sorted(set(request.POST) - {"csrfmiddlewaretoken", "next"}):
            digest.update(repr((name, request.POST.getlist(name))).encode("utf-8", "surrogatepass"))
    else:
        digest.update(request.body)
    return digest.hexdigest()


def program(request: HttpRequest) -> str:
    """Who reacts: one token, or one browser with its session; only its hash."""
    said = (request.headers.get("Authorization", ""), request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))
    told = "|".join((*said, browser_of(request.COOKIES)))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def cause_and_hop(request: HttpRequest) -> tuple[str, int]:
    """Raises Loop when a chain of reactions has become too long."""
    cause, caused_by = request.headers.get("X-Cause", ""), request.headers.get("X-Caused-By", "")
    if not caused_by:
        return (cause if CAUSE.fullmatch(cause) else ""), 0
    named = caused_by if CAUSED_BY.fullmatch(caused_by) else ""  # a reaction all the same, to who knows what
    before, origin = origin_of(named)
    hop = before + 1
    if not admit_hop(hop).allowed:
        told_hop(request, hop)
        raise Loop(caused_by=named, hop=hop)
    if not may_react(request, origin):
        raise Loop(_("This program has reacted to one event often enough."), caused_by=named, hop=hop)
    return named, hop


def told_hop(request: HttpRequest, hop: int) -> None:
    """A tester's page that reacts to reactions breaks what a tester's page promises."""
    if request.user.is_authenticated:
        contracts.violated(request.user.pk, "hops", {"hop": hop})


def may_react(request: HttpRequest, origin: str) -> bool:
    """What was let in once is let in again at the same address under the id that makes it a repeat: its answer may have
    been lost."""
    key = f"{program(request)}|{origin}"
    said = request.POST.get("mid", "") if is_form(request) else request.headers.get("Idempotency-Key", "")
    again = hashlib.sha256(repr((key, request.method, request.path, said)).encode()).hexdigest()
    if said and again in _reacted:
        return True
    if not admit("reaction", key).allowed:
        return False
    if not said:
        return True
    _reacted[again] = None
    if len(_reacted) > REACTIONS:
        del _reacted[next(iter(_reacted))]
    return True
