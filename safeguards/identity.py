"""Who a request counts for, without a query: the `who` cookie or a known token, else the address."""

import hashlib
import ipaddress
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.cookie import parse_cookie
from django.utils.crypto import constant_time_compare, salted_hmac

BROWSER = re.compile(r"[A-Za-z0-9_-]{8,64}")
YEAR = 365 * 24 * 3600
SALT = "safeguards.identity.who"
MAX_TOKENS = 10_000

_accepted: OrderedDict[str, None] = OrderedDict()  # sha256 of bearer tokens seen accepted, newest last


def make_who(user_id: int, session_key: str) -> str:
    """A value that only fits beside this session cookie; never an authority, only a key for limits."""
    return f"{user_id}:{_mac(str(user_id), session_key)}"


def read_who(value: str, session_key: str) -> str:
    """The user id, or an empty string when the cookie is not ours or not of this session."""
    user_id, _colon, mac = value.partition(":")
    if not user_id or not session_key or not constant_time_compare(mac, _mac(user_id, session_key)):
        return ""
    return user_id


def _mac(user_id: str, session_key: str) -> str:
    bound = hashlib.sha256(session_key.encode("utf-8", "surrogatepass")).hexdigest()
    return salted_hmac(SALT, f"{user_id}:{bound}", algorithm="sha256").hexdigest()


def header(scope: Any, name: bytes) -> str:
    """All lines of one header, joined as the specification says."""
    lines = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return ("; " if name == b"cookie" else ",").join(lines) if lines else ""


def cookies_of(scope: Any) -> dict[str, str]:
    """Read as Django reads them, so that both see the same person."""
    return parse_cookie(header(scope, b"cookie"))


def address_of(scope: Any) -> str:
    """The client's address, counted from the right through the trusted proxies; IPv6 by its /64."""
    peer = str((scope.get("client") or ("unknown", 0))[0])
    proxies = settings.TRUSTED_PROXIES
    if not proxies:
        return _network(peer) or peer
    chain = [*header(scope, b"x-forwarded-for").split(","), peer]
    # Fewer hops than proxies: somebody came past them, and their claim is not believed.
    claimed = chain[-1 - proxies] if len(chain) > proxies else peer
    return _network(claimed.strip()) or peer


@lru_cache(1024)
def _network(text: str) -> str:
    try:
        address = ipaddress.ip_address(_without_port(text))
    except ValueError:
        return ""
    if address.version == 6 and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)  # as a socket for both kinds tells it
    # One IPv6 customer owns a whole /64: counted singly, an attacker would have 2^64 keys.
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def _without_port(text: str) -> str:
    """Some proxies tell `192.0.2.1:5678` or `[2001:db8::1]:5678`."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def address_of_request(request: HttpRequest) -> str:
    """The same for a Django request, for forms that count by address."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").encode("latin-1", "replace")
    headers = [(b"x-forwarded-for", forwarded)] if forwarded else []
    return address_of({"client": (request.META.get("REMOTE_ADDR") or "unknown", 0), "headers": headers})


def token_accepted(digest: str) -> None:
    """Called by whoever checked a bearer token (sha256 hex): from now on it has its own limits here."""
    _accepted[digest] = None
    _accepted.move_to_end(digest)
    if len(_accepted) > MAX_TOKENS:
        _accepted.popitem(last=False)


def person_key(scope: Any) -> str:
    """`user:ID` or `token:HASH` where that is proven, else `address:…`: a claim never makes a new key."""
    scheme, _space, token = header(scope, b"authorization").partition(" ")
    if scheme.lower() == "bearer":
        digest = hashlib.sha256(token.strip().encode()).hexdigest()
        return f"token:{digest}" if digest in _accepted else f"address:{address_of(scope)}"
    cookies = cookies_of(scope)
    user_id = read_who(cookies.get("who", ""), cookies.get(settings.SESSION_COOKIE_NAME, ""))
    return f"user:{user_id}" if user_id else f"address:{address_of(scope)}"


def is_proven(key: str) -> bool:
    """Whether a person's key is more than an address."""
    return not key.startswith("address:")


def browser_of(cookies: dict[str, str]) -> str:
    value = cookies.get("browser", "")
    return value if BROWSER.fullmatch(value) else ""


@lru_cache(10_000)
def browser_key(browser: str) -> str:
    """How a browser is named outside of this process: never by its cookie. Empty for none."""
    return f"browser:{hashlib.sha256(browser.encode()).hexdigest()[:32]}" if browser else ""


class IdentityCookies:
    """Django middleware: sets `browser` when absent, and `who` for signed-in people when it does not fit."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not browser_of(request.COOKIES):
            _set(response, "browser", secrets.token_urlsafe(16), max_age=YEAR)
        session = getattr(request, "session", None)
        if session is None or not session.accessed:  # nobody looked at it: looking would cost a query
            return response
        user_id, who = session.get("_auth_user_id"), request.COOKIES.get("who", "")
        if user_id is None or not session.session_key:
            if who:
                response.delete_cookie("who", samesite="Lax")
        elif read_who(who, session.session_key) != str(user_id):
            _set(response, "who", make_who(int(user_id), session.session_key))
        return response


def _set(response: HttpResponse, name: str, value: str, max_age: int | None = None) -> None:
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(name, value, max_age=max_age, samesite="Lax", secure=secure, httponly=True)
