"""Refusals that are sent before Django: a problem for scripts, a small page for people."""

import html
import json
import math
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from safeguards import conf
from safeguards.identity import header

TITLES = {
    404: gettext_lazy("There is nothing here"),
    413: gettext_lazy("This is too big"),
    429: gettext_lazy("Slow down for a moment"),
    503: gettext_lazy("The server is busy"),
}
# One style and nothing else: the page costs no second request, and the policy names it by its hash.
STYLE = (
    ":root{color-scheme:light dark}"
    "body{margin:0;min-height:100vh;display:grid;place-items:center;"
    "background:light-dark(#f8f6ef,#16181d);color:light-dark(#1d2233,#e9e6df);"
    "font:1rem/1.5 'Segoe UI',Roboto,'Liberation Sans',system-ui,sans-serif}"
    "main{max-width:30rem;padding:2rem}"
    "h1{font:700 1.9rem/1.2 Georgia,'Liberation Serif',serif;margin:0 0 .75rem}"
    "a{color:inherit}"
)
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "frame-ancestors 'none'"
).encode()
PAGE = (
    '<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title} · Parley</title>'
    "<style>" + STYLE.replace("{", "{{").replace("}", "}}") + "</style></head>"
    "<body><main><h1>{title}</h1><p>{detail}</p>{next}</main></body></html>"
)
# Refusals that no rate explains: the number of which there was one too many.
CAPS = {
    "inside_django": "inside_django",
    "inside_operators": "inside_operators",
    "inside_long": "inside_long",
    "static_inside": "static_inside",
    "inside_sign_ins": "inside_sign_ins",
    "too_many_streams": "streams_per_person",
    "full": "streams_per_process",
}
RENDERED = 256  # bodies kept: they differ by kind, seconds to wait and language alone
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
        (b"content-security-policy", POLICY),
        *([(b"connection", b"close")] if hang_up else []),
        *limit_headers(retry_after, bucket),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": not last})


def seconds(retry_after: float) -> int:
    return max(1, math.ceil(retry_after))


def limit_headers(retry_after: float, bucket: str = "") -> list[Header]:
    """When to come back, and which limit said no: a rate, a cap, or by any other name what lets nobody in for now."""
    if not retry_after:
        return []
    wait = seconds(retry_after)
    quota, window = _policy(bucket, wait)
    name = bucket or "busy"
    return [
        (b"retry-after", str(wait).encode()),
        (b"ratelimit-policy", f'"{name}";q={quota};w={window}'.encode()),
        (b"ratelimit", f'"{name}";r=0;t={wait}'.encode()),
    ]


def _policy(bucket: str, wait: int) -> tuple[int, int]:
    if bucket in conf.RATES:
        rate = conf.rate(bucket)
        return rate.burst, max(1, round(rate.interval * rate.burst))
    return (conf.limit(CAPS[bucket]) if bucket in CAPS else 0), wait


def _body(scope: Any, status: int, type: str, detail: str) -> tuple[bytes, bytes]:
    language = get_language() or "en"
    if "text/html" in header(scope, b"accept"):
        body = _page(status, detail, language, can_ask_again=scope["method"] in {"GET", "HEAD"})
        return body, b"text/html; charset=utf-8"
    return _problem(status, type, detail, language), b"application/problem+json"


@lru_cache(RENDERED)
def _page(status: int, detail: str, language: str, *, can_ask_again: bool) -> bytes:
    words = {"title": html.escape(str(TITLES[status])), "detail": html.escape(detail)}
    return PAGE.format(lang=language, next=_next(status, can_ask_again=can_ask_again), **words).encode()


def _next(status: int, *, can_ask_again: bool) -> str:
    """A form's text is still where it was written: a link would lose it."""
    if status == 404:
        return ""
    if can_ask_again:
        return f'<p><a href="">{html.escape(_("Try again"))}</a></p>'
    return f"<p>{html.escape(_('Go back: what you wrote is still in the form. Then send it again.'))}</p>"


@lru_cache(RENDERED)
def _problem(status: int, type: str, detail: str, language: str) -> bytes:
    problem = {"type": type, "title": str(TITLES[status]), "status": status, "detail": detail}
    return json.dumps(problem).encode()
