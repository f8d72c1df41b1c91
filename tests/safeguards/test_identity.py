"""Who a request counts for: proven people, else an address that nobody can make up."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse

from safeguards.identity import (
    IdentityCookies,
    address_of,
    address_of_request,
    browser_of,
    make_who,
    person_key,
    read_who,
)
from tests.safeguards.asgi import scope_of


class Session(dict[str, Any]):
    def __init__(self, key: str | None, accessed: bool = True, **data: Any) -> None:
        super().__init__(data)
        self.session_key, self.accessed = key, accessed


def answered(session: Any, **cookies: str) -> HttpResponse:
    request = HttpRequest()
    request.session = session
    request.COOKIES = cookies
    return IdentityCookies(lambda _request: HttpResponse("x"))(request)


def test_the_cookie_fits_only_beside_its_session() -> None:
    who = make_who(7, "session-a")
    assert read_who(who, "session-a") == "7"
    assert read_who(who, "session-b") == ""
    assert read_who(who.replace("7:", "8:"), "session-a") == ""


@pytest.mark.parametrize("value", ["", ":", "7", "7:", "7:é", "²:x", "x" * 9000, "7:" + "0" * 64])
def test_nonsense_is_nobody(value: str) -> None:
    assert read_who(value, "session-a") == ""
    assert read_who(value, "") == ""


def test_a_proven_person_has_a_key_of_their_own_and_a_claim_has_not() -> None:
    good = f"sessionid=s; who={make_who(7, 's')}"
    assert person_key(scope_of(cookie=good)) == "user:7"
    assert person_key(scope_of(cookie=good.replace("sessionid=s", "sessionid=t"))) == "address:192.0.2.1"
    assert person_key(scope_of(cookie="\x00;;==;who")) == "address:192.0.2.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "198.51.100.1", "192.0.2.1"),  # nobody in front: the header is the client's own claim
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (2, "6.6.6.6, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (2, "6.6.6.6", "192.0.2.1"),  # came past a proxy
        (1, "", "192.0.2.1"),
        (1, "not an address", "192.0.2.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_the_address_is_counted_from_the_right(
    settings: Any, proxies: int, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert address_of(scope_of(x_forwarded_for=forwarded)) == expected
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": forwarded}
    assert address_of_request(request) == expected


def test_a_whole_ipv6_network_is_one_client() -> None:
    first, second = (address_of(scope_of(address=f"2001:db8::{n}")) for n in (1, 2))
    assert first == second


def test_no_client_at_all_has_an_address_too() -> None:
    scope = scope_of()
    scope["client"] = None
    assert address_of(scope) == "unknown"


def test_browser_ids_are_strict() -> None:
    assert browser_of({"browser": "abcd-EF_1"}) == "abcd-EF_1"
    assert browser_of({"browser": "short"}) == ""
    assert browser_of({"browser": "a" * 65}) == ""
    assert browser_of({}) == ""


def test_a_new_browser_gets_its_id_and_keeps_it() -> None:
    first = answered(Session(None))
    assert browser_of({"browser": first.cookies["browser"].value})
    assert "browser" not in answered(Session(None), browser=first.cookies["browser"].value).cookies


def test_a_signed_in_person_gets_who_once_and_again_after_the_session_changed() -> None:
    session = Session("key-1", _auth_user_id="7")
    cookie = answered(session).cookies["who"]
    assert read_who(cookie.value, "key-1") == "7"
    assert cookie["httponly"]
    assert "who" not in answered(session, who=cookie.value).cookies
    assert "who" in answered(Session("key-2", _auth_user_id="7"), who=cookie.value).cookies


def test_signing_out_takes_who_away() -> None:
    assert answered(Session(None), who="7:x").cookies["who"]["max-age"] == 0


def test_a_session_that_nobody_read_is_not_read_for_this() -> None:
    assert "who" not in answered(Session("key-1", accessed=False, _auth_user_id="7")).cookies


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("203.0.113.5:4711", "203.0.113.5"),
        ("[2001:db8::1]:4711", "2001:db8::/64"),
        ("2001:db8::1", "2001:db8::/64"),
    ],
)
def test_an_address_is_the_same_however_it_is_told(settings: Any, told: str, meant: str) -> None:
    settings.TRUSTED_PROXIES = 1
    assert address_of(scope_of(x_forwarded_for=told)) == meant
    settings.TRUSTED_PROXIES = 0
    assert address_of(scope_of(address=told)) == meant
