"""Refusals that are sent before Django: a problem for scripts, a small page for people."""

import html
import json
import math
from typing import Any

from safeguards import conf

TITLES = {
    413: "This is too big",
    429: "Slow down for a moment",
    431: "The request's headers are too big",
    503: "The server is busy",
}
PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{title}</title><h1>{title}</h1><p>{detail}</p>"
)
Header = tuple[bytes, bytes]


async def refuse(
    scope: Any, send: Any, status: int, type: str, detail: str, *, retry_after: float = 0.0, bucket: str = ""
) -> None:
    """Answer at once; `retry_after` in seconds is rounded up, so that coming back then succeeds."""
    wants = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    body, content_type = _body(status, type, detail, plain=b"text/html" in wants)
    headers: list[Header] = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"default-src 'none'"),
        *_limits(retry_after, bucket),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _limits(retry_after: float, bucket: str) -> list[Header]:
    if not retry_after:
        return []
    seconds = str(max(1, math.ceil(retry_after))).encode()
    headers = [(b"retry-after", seconds)]
    if bucket:
        rate = conf.rate(bucket)
        window = max(1, round(rate.interval * rate.burst))
        headers.append((b"ratelimit-policy", f'"{bucket}";q={rate.burst};w={window}'.encode()))
        headers.append((b"ratelimit", f'"{bucket}";r=0;t='.encode() + seconds))
    return headers


def _body(status: int, type: str, detail: str, *, plain: bool) -> tuple[bytes, bytes]:
    title = TITLES[status]
    if plain:
        page = PAGE.format(title=html.escape(title), detail=html.escape(detail))
        return page.encode(), b"text/html; charset=utf-8"
    problem = {"type": f"/problems/{type}", "title": title, "status": status, "detail": detail}
    return json.dumps(problem).encode(), b"application/problem+json"
