"""Refusals that are sent before Django: a problem for scripts, a small page for people."""

import html
import json
import math
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from safeguards import conf
from safeguards.identity import header

TITLES = {
    413: gettext_lazy("This is too big"),
    429: gettext_lazy("Slow down for a moment"),
    503: gettext_lazy("The server is busy"),
}
PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<title>{title}</title><h1>{title}</h1><p>{detail}</p><p><a href="">{again}</a></p>'
)
Header = tuple[bytes, bytes]


async def refuse(
    scope: Any,
    send: Any,
    status: int,
    type: str,
    detail: str,
    *,
    retry_after: float = 0.0,
    bucket: str = "",
    hang_up: bool = False,
    last: bool = True,
) -> None:
    """Answer at once; `retry_after` in seconds is rounded up, so that coming back then succeeds.

    `hang_up` ends the connection with the answer; without `last` the caller ends the answer itself."""
    body, content_type = _body(scope, status, type, detail)
    headers: list[Header] = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        *([(b"connection", b"close")] if hang_up else []),
        *_limits(retry_after, bucket),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": not last})


def seconds(retry_after: float) -> int:
    return max(1, math.ceil(retry_after))


def _limits(retry_after: float, bucket: str) -> list[Header]:
    if not retry_after:
        return []
    wait = str(seconds(retry_after)).encode()
    headers = [(b"retry-after", wait)]
    if bucket:
        rate = conf.rate(bucket)
        window = max(1, round(rate.interval * rate.burst))
        headers.append((b"ratelimit-policy", f'"{bucket}";q={rate.burst};w={window}'.encode()))
        headers.append((b"ratelimit", f'"{bucket}";r=0;t='.encode() + wait))
    return headers


def _body(scope: Any, status: int, type: str, detail: str) -> tuple[bytes, bytes]:
    title = str(TITLES[status])
    if "text/html" in header(scope, b"accept"):
        words = {"title": title, "detail": detail, "again": _("Try again")}
        page = PAGE.format(**{name: html.escape(text) for name, text in words.items()})
        return page.encode(), b"text/html; charset=utf-8"
    problem = {"type": type, "title": title, "status": status, "detail": detail}
    return json.dumps(problem).encode(), b"application/problem+json"
