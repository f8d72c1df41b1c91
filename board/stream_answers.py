"""What a request for a stream is answered when it gets none."""

import json
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from board.views.errors import TITLES
from safeguards.admission import Decision
from safeguards.refusals import limit_headers

NO_STORE = (b"cache-control", b"no-store")
SENTENCES = {
    401: gettext_lazy("You are signed out. Sign in again."),
    403: gettext_lazy("Another site may not open this stream."),
    404: gettext_lazy("There is no such board, or it is not yours to see."),
    405: gettext_lazy("Streams are opened with GET."),
    429: gettext_lazy("Too many streams. Close some tabs and try again later."),
    503: gettext_lazy("The server is busy. It opens your stream again soon."),
}
TYPES = {401: "sign-in", 403: "cross-site", 404: "not-found", 405: "method", 429: "rate-limit", 503: "busy"}
BEARER = (b"www-authenticate", b'Bearer realm="Parley", error="invalid_token"')


async def refuse(
    send: Any, status: int, *, retry_after: float = 0, bucket: str = "", with_token: bool = False
) -> None:
    """`bucket`: the limit that said no; `with_token`: it was an API token that is not valid."""
    type, words = TYPES[status], str(SENTENCES[status])
    headers = [(b"content-type", b"application/problem+json"), NO_STORE]
    headers += limit_headers(retry_after, bucket)
    if status == 401 and with_token:
        type = "bad-token"
        words = _("This API token is not valid, or expired. Make a new one on your account page.")
        headers.append(BEARER)
    if status == 405:
        headers.append((b"allow", b"GET"))
    body = {"type": type, "title": str(TITLES[status]), "status": status, "detail": words}
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


async def stay_plain(send: Any, decision: Decision) -> None:
    """204 stops the page until its person acts; an overload says when to come back."""
    if decision.reason == "overload":
        await refuse(send, 503, retry_after=decision.retry_after, bucket=decision.reason)
        return
    headers = [NO_STORE, (b"x-parley-reason", decision.reason.encode())]
    if decision.detail:
        headers.append((b"x-parley-detail", quote(decision.detail).encode()))
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
