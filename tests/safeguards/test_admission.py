"""Which limit counts what, for whom."""

import asyncio
import hashlib
from typing import Any

import pytest

from safeguards import admission, conf, paths
from safeguards.asked import Asked
from safeguards.identity import make_who, token_accepted
from tests.safeguards.asgi import scope_of
from tests.safeguards.conftest import Clock

STREAM = "/boards/x/stream/"


def person(user_id: int = 1, browser: str = "browser-1", **more: Any) -> Any:
    cookie = f"sessionid=key{user_id}; who={make_who(user_id, f'key{user_id}')}; browser={browser}"
    return scope_of(cookie=cookie, **more)


def admitted(scope: Any, attempts: int) -> int:
    return sum(admission.admit_request(Asked(scope)).allowed for _ in range(attempts))


@pytest.mark.parametrize(
    ("method", "path", "bucket"),
    [
        ("GET", "/boards/x/", "read"),
        ("POST", "/boards/x/cards/", "write"),
        ("DELETE", "/api/v1/cards/1", "write"),
        ("GET", "/api/v1/boards/x/events", "read"),
        ("GET", "/api/v1/boards/x/stream/", "read"),
        ("GET", STREAM, "stream"),
        ("GET", "/boards/x/events/", "repair"),
        ("POST", "/boards/x/pulse/", "pulse"),
        ("PUT", "/boards/x/drafts/session/", "draft"),
        ("DELETE", "/boards/x/drafts/session/", "draft"),
        ("GET", "/boards/x/drafts/session/", "read"),
        ("POST", "/boards/drafts/x/", "write"),
        ("POST", "/ops/switch/", "operate"),
        ("POST", "/admin/safeguards/flag/1/change/", "operate"),
        ("GET", "/ops/", "read"),
        ("POST", "/admin/auth/user/1/change/", "write"),
        ("POST", "/boards/x/ops/", "write"),
        ("POST", "/accounts/login/", "sign_in_address"),
        ("GET", "/accounts/login/", "read"),
        ("POST", "/demo/enter/", "sign_in_address"),
        ("GET", "/healthz", "health"),
        ("GET", "/static/js/page.js", ""),
    ],
)
def test_every_request_has_its_limit(method: str, path: str, bucket: str) -> None:
    assert paths.bucket_of(scope_of(path, method)) == bucket


def test_a_flood_of_writes_ends_at_the_burst_and_reads_go_on(clock: Clock) -> None:
    assert admitted(person(path="/boards/x/cards/", method="POST"), 100) == 40
    assert admitted(person(path="/boards/x/"), 100) == 100
    clock.forward(1)
    assert admitted(person(path="/boards/x/cards/", method="POST"), 100) == 10


def test_thirty_people_behind_one_address_do_not_notice_each_other(clock: Clock) -> None:
    for user_id in range(1, 31):
        assert admitted(person(user_id, path="/boards/x/"), 100) == 100


def test_a_made_up_cookie_stays_with_its_address(clock: Clock) -> None:
    total = 0
    for guess in range(100):
        cookie = f"sessionid=key{guess}; who={guess}:{'0' * 64}; browser=browser-{guess}"
        total += admitted(scope_of("/boards/x/cards/", "POST", cookie=cookie), 10)
    assert total == 40


def test_a_bearer_token_has_its_own_limit_only_once_it_was_accepted(clock: Clock) -> None:
    first, second = (scope_of("/api/v1/x", "POST", authorization=f"Bearer {token}") for token in ("a", "b"))
    assert admitted(first, 30) + admitted(second, 30) == 40
    token_accepted(hashlib.sha256(b"a").hexdigest())
    assert admitted(first, 100) == 40
    assert admitted(second, 100) == 0


def test_streams_open_ten_at_once_per_person_browser_and_board(clock: Clock) -> None:
    assert admitted(person(path=STREAM), 50) == 10
    assert admitted(person(path="/boards/y/stream/"), 50) == 10
    assert admitted(person(browser="browser-2", path=STREAM), 50) == 10


def test_no_limit_is_kept_under_a_cookie() -> None:
    """A store outside of this process holds the keys."""
    assert "browser-1" not in str([admission.plan(Asked(person(path=STREAM)))])


def test_inventing_browsers_stays_within_what_one_person_may_open(clock: Clock) -> None:
    assert sum(admitted(person(browser=f"browser-{n}", path=STREAM), 1) for n in range(500)) == 100


def test_reads_writes_and_streams_never_share_a_bucket(clock: Clock) -> None:
    script = {"sec_fetch_dest": "empty"}
    assert admitted(person(path="/boards/x/", **script), 300) == 10  # for nobody's gesture
    assert admitted(person(path="/boards/x/cards/", method="POST", **script), 300) == 10
    assert admitted(person(path=STREAM, **script), 300) == 10
    assert admitted(person(path="/boards/x/"), 300) == 190  # what is left of the reads, and of nothing else
    assert admitted(person(path="/boards/x/cards/", method="POST"), 300) == 30


@pytest.mark.parametrize("also", [{}, {"x_cause": "a-gesture"}])
def test_naming_an_event_buys_a_script_no_more_reads(clock: Clock, also: dict[str, str]) -> None:
    reaction = {"x_caused_by": "deadbeef-1", **also}
    assert admitted(person(path="/boards/x/", sec_fetch_dest="empty", **reaction), 300) == 10
    assert admitted(person(path="/boards/x/", **reaction), 300) == 190  # a program that is no page
    post = person(path="/boards/x/cards/", method="POST", sec_fetch_dest="empty", **reaction)
    assert admitted(post, 300) == 40


def test_strangers_cannot_use_up_what_members_share(clock: Clock) -> None:
    addresses = [f"2001:db8:0:{n:x}::1" for n in range(80)]
    let_in = sum(admitted(scope_of("/boards/x/cards/", "POST", address=one), 10) for one in addresses)
    assert let_in == 200
    assert admitted(person(path="/boards/x/cards/", method="POST"), 1) == 1


def test_a_repair_comes_twice_and_then_every_five_seconds(clock: Clock) -> None:
    repair = person(path="/boards/x/events/")
    assert admitted(repair, 10) == 2
    clock.forward(5)
    assert admitted(repair, 10) == 1


def test_inventing_browsers_or_boards_buys_nobody_more_repairs(clock: Clock) -> None:
    def repairs(user_id: int = 1) -> int:
        paths = [f"/boards/x{n % 7}/events/" for n in range(50)]
        tries = [person(user_id, browser=f"browser-{n}", path=path) for n, path in enumerate(paths)]
        return sum(admitted(one, 1) for one in tries)

    assert repairs() == 2
    clock.forward(10)
    assert repairs() == 2
    assert repairs(2) == 2  # somebody else notices nothing


def test_a_hundred_sign_ins_a_minute_per_address_whoever_asks(clock: Clock) -> None:
    tries = [scope_of("/accounts/login/", "POST", cookie=f"browser=browser-{n}") for n in range(150)]
    assert sum(admitted(scope, 1) for scope in tries) == 100
    assert admitted(scope_of("/accounts/login/", "POST", address="192.0.2.2"), 1) == 1


def test_the_whole_host_takes_four_hundred_at_once_and_a_refused_flood_uses_none_of_it(clock: Clock) -> None:
    admitted(person(99, path="/boards/x/cards/", method="POST"), 1000)
    others = sum(admitted(person(n, path="/boards/x/cards/", method="POST"), 40) for n in range(1, 12))
    assert others == 360
    decision = admission.admit_request(Asked(person(50, path="/boards/x/cards/", method="POST")))
    assert decision.reason == "writes"
    assert decision.retry_after == pytest.approx(0.005)


def test_wide_is_a_thousand_times_as_much_and_the_flood_goes_through(clock: Clock, settings: Any) -> None:
    settings.LIMITS = "wide"
    assert admitted(person(path="/boards/x/cards/", method="POST"), 1000) == 1000
    assert conf.limit("streams_per_person") == 8000


def test_every_limit_is_a_setting(clock: Clock, settings: Any) -> None:
    settings.PARLEY = {"write_burst": 3, "write_interval": 2.0, "streams_per_person": 1}
    write = person(path="/boards/x/cards/", method="POST")
    assert admitted(write, 10) == 3
    assert admission.admit_request(Asked(write)).retry_after == 2.0
    assert asyncio.run(admission.admit_stream("p", "b", "x", of_person=1)).reason == "too_many_streams"


def test_caps_of_streams(clock: Clock) -> None:
    assert asyncio.run(admission.admit_stream("p", "b", "x", open_here=1499, of_person=7, boards=3)).allowed
    assert asyncio.run(admission.admit_stream("p", "b", "y", open_here=1500)).reason == "full"
    assert asyncio.run(admission.admit_stream("p", "b", "z", of_person=8)).reason == "too_many_streams"
    assert asyncio.run(admission.admit_stream("p", "b", "w", boards=4)).reason == "too_many_streams"


def test_ten_wrong_passwords_a_minute_per_name_and_address(clock: Clock) -> None:
    for _ in range(10):
        assert admission.sign_in_refused("192.0.2.1", "Ada").allowed
        admission.sign_in_failed("192.0.2.1", "ada")
    refused = admission.sign_in_refused("192.0.2.1", "ADA")
    assert not refused.allowed
    assert refused.retry_after == 6.0
    assert admission.sign_in_refused("192.0.2.1", "ben").allowed
    assert admission.sign_in_refused("192.0.2.2", "ada").allowed
    clock.forward(6)
    assert admission.sign_in_refused("192.0.2.1", "ada").allowed
