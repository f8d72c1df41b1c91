"""`POST /boards/<slug>/pulse/`: what somebody does this moment. Before Django, and normally without a query."""

import json
import logging
import re
from typing import Any

from board.callers import is_ours, known
from collaboration.conf import PULSE_BYTES
from collaboration.hub import hub
from collaboration.pulse import Malformed, read
from safeguards.bodies import Gone, TooBig, drain, small_body
from safeguards.refusals import limit_headers

logger = logging.getLogger(__name__)
PATH = re.compile(r"/boards/([^/]+)/pulse/")
SENTENCES = {
    400: ("malformed", "This is no pulse."),
    401: ("sign-in", "You are signed out. Sign in again."),
    403: ("csrf", "Send the csrftoken cookie's value in the header X-CSRFToken, from a page of this site."),
    404: ("not-found", "There is no such board, or it is not yours to see."),
    405: ("method", "Pulses are sent with POST."),
    413: ("too-big", f"A pulse has at most {PULSE_BYTES} bytes."),
    503: ("busy", "The server is busy. Nothing was shown to others."),
}
READ_ONLY = ("read-only", "This API token may only read. Make one that may write on your account page.")
RETRY_SECONDS = 5
NO_STORE = (b"cache-control", b"no-store")


async def pulse(scope: Any, receive: Any, send: Any) -> None:
    """ASGI application. Never raises."""
    try:
        await _answer(scope, receive, send)
    except Gone:
        return
    except TooBig:
        await _refuse(send, 413, more=True)
        await drain(receive)
        await send({"type": "http.response.body", "body": b""})
    except Malformed as error:
        await _refuse(send, 400, str(error))
    except Exception:
        logger.exception("A pulse could not be taken")
        await _refuse(send, 503)


async def _answer(scope: Any, receive: Any, send: Any) -> None:
    match = PATH.fullmatch(scope["path"])
    if match is None or scope["method"] != "POST":
        await _refuse(send, 404 if match is None else 405)
        return
    sender = await known(scope, match[1])
    if sender == 401:
        await _refuse(send, 401)
    elif not is_ours(scope):
        await _refuse(send, 403)
    elif isinstance(sender, int):
        await _refuse(send, sender, why=READ_ONLY if sender == 403 else None)
    else:
        hub().indicators.pulse(*sender, read(await small_body(scope, receive, PULSE_BYTES)))
        await send({"type": "http.response.start", "status": 204, "headers": [NO_STORE]})
        await send({"type": "http.response.body", "body": b""})


async def _refuse(
    send: Any, status: int, detail: str = "", *, why: tuple[str, str] | None = None, more: bool = False
) -> None:
    kind, words = why or SENTENCES[status]
    body = json.dumps({"type": kind, "title": words, "status": status, "detail": detail or words}).encode()
    headers = [(b"content-type", b"application/problem+json"), NO_STORE]
    if status == 405:
        headers.append((b"allow", b"POST"))
    if status == 503:
        headers += limit_headers(RETRY_SECONDS)
    if more:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": more})
