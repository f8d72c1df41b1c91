"""Who sends a pulse: known from an open stream of this process, else asked for once in a while."""

import hashlib
import io
import time
from collections import OrderedDict
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.middleware.csrf import CsrfViewMiddleware

from board.models import channel_name
from board.streams import Caller, identify, ticket_for
from collaboration.authority import Standing, authority
from collaboration.hub import hub
from collaboration.jobs import in_thread
from collaboration.stream import Ticket
from safeguards.identity import browser_of, cookies_of, header

CACHE_SECONDS = 5.0  # as long as a stream lives on after its person was removed
CACHE_SIZE = 1000
Known = tuple[Ticket, Standing]
_callers: OrderedDict[tuple[str, str], tuple[float, Caller]] = OrderedDict()


async def known(scope: Any, slug: str) -> Known | int:
    """The sender's ticket and standing on this board, or the status that refuses them: 401, 403 or 404."""
    cookies = cookies_of(scope)
    session = cookies.get(settings.SESSION_COOKIE_NAME, "")
    bearer = bearer_of(scope)
    if not bearer and session:
        stream = hub().indicators.find(channel_name(slug), f"session:{session}", browser_of(cookies))
        if stream is not None:
            return stream.ticket, stream.standing
    if not bearer and not session:
        return 401
    caller = await _caller(scope, cookies, bearer or session, slug)
    if caller.user is None:
        return 401
    if not caller.role:
        return 404
    if not caller.may_write:
        return 403
    ticket = ticket_for(scope, caller, slug)
    return ticket, authority.standing(ticket)


def bearer_of(scope: Any) -> str:
    scheme, _space, token = header(scope, b"authorization").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def is_ours(scope: Any) -> bool:
    """Sent by our own page: Django's rules for origin, referer and token, and the browser's own word."""
    if header(scope, b"sec-fetch-site") not in {"", "same-origin", "none"}:
        return False
    if bearer_of(scope):
        return True
    request = ASGIRequest({"query_string": b"", **scope}, io.BytesIO())
    check = _Check(_nothing)
    check.process_request(request)
    return check.process_view(request, _nothing, (), {}) is None


class _Check(CsrfViewMiddleware):
    def _reject(self, request: Any, reason: str) -> Any:
        return reason


def _nothing(request: Any) -> Any:
    """Stands for the view that Django would ask about exemptions, and for what would come after the check."""


async def _caller(scope: Any, cookies: dict[str, str], secret: str, slug: str) -> Caller:
    # The secret itself is kept nowhere, and one of a kilobyte makes no bigger key.
    key = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest(), slug[:200]
    asked_at, caller = _callers.get(key, (0.0, None))
    if caller is None or time.monotonic() - asked_at > CACHE_SECONDS:
        caller = await in_thread(identify, dict(scope["headers"]), cookies, slug)
        _callers[key] = time.monotonic(), caller
        _callers.move_to_end(key)
        if len(_callers) > CACHE_SIZE:
            _callers.popitem(last=False)
    return caller
