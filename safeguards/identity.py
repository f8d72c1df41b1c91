"""Who a request counts for, without a query: the `who` cookie for people, the address for everybody else."""

import hashlib
import re
import secrets
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

BROWSER = re.compile(r"[A-Za-z0-9_-]{8,64}")
YEAR = 365 * 24 * 3600
SALT = "safeguards.identity.who"


def make_who(user_id: int, session_key: str) -> str:
    """A value that only fits beside this session cookie; never an authority, only a key for limits."""
    return f"{user_id}:{_mac(str(user_id), session_key)}"


def read_who(value: str, session_key: str) -> str:
    """The user id, or an empty string when the cookie is not ours."""
    user_id, _colon, mac = value.partition(":")
    if not user_id.isdigit() or not session_key or not constant_time_compare(mac, _mac(user_id, session_key)):
        return ""
    return user_id


def _mac(user_id: str, session_key: str) -> str:
    bound = hashlib.sha256(session_key.encode()).hexdigest()
    return salted_hmac(SALT, f"{user_id}:{bound}", algorithm="sha256").hexdigest()


def cookies_of(scope: Any) -> dict[str, str]:
    jar: SimpleCookie = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                jar.load(value.decode("latin-1"))
            except CookieError:
                continue
    return {name: morsel.value for name, morsel in jar.items()}


def address_of(scope: Any) -> str:
    """The client's address, counted from the right through the trusted proxies."""
    peer = (scope.get("client") or ("unknown", 0))[0]
    if not settings.TRUSTED_PROXIES:
        return str(peer)
    hops = [hop.strip() for name, value in scope["headers"] if name == b"x-forwarded-for"
            for hop in value.decode("latin-1").split(",")]  # fmt: skip
    chain = [*hops, str(peer)]
    return chain[max(0, len(chain) - 1 - settings.TRUSTED_PROXIES)]


def person_key(scope: Any) -> str:
    """`user:ID` for a person whose cookie checks, else `address:…`."""
    cookies = cookies_of(scope)
    user_id = read_who(cookies.get("who", ""), cookies.get(settings.SESSION_COOKIE_NAME, ""))
    return f"user:{user_id}" if user_id else f"address:{address_of(scope)}"


def browser_of(cookies: dict[str, str]) -> str:
    value = cookies.get("browser", "")
    return value if BROWSER.fullmatch(value) else ""


class IdentityCookies:
    """Django middleware: sets `browser` when absent, and `who` for signed-in people when it does not fit."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        secure = settings.SESSION_COOKIE_SECURE
        if not browser_of(request.COOKIES):
            response.set_cookie(
                "browser", secrets.token_urlsafe(16), max_age=YEAR, samesite="Lax", secure=secure, httponly=True
            )
        session = getattr(request, "session", None)
        user_id = session.get("_auth_user_id") if session is not None else None
        if user_id is None or not session.session_key:
            return response
        if read_who(request.COOKIES.get("who", ""), session.session_key) != str(user_id):
            value = make_who(int(user_id), session.session_key)
            response.set_cookie("who", value, samesite="Lax", secure=secure, httponly=True)
        return response
