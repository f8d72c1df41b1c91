"""A flood and a full house are refused before Django, and told when to come back."""

import asyncio
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest

from safeguards import refusals
from safeguards.middleware import Guard
from tests.safeguards.asgi import Echo, ask, scope_of
from tests.safeguards.conftest import Clock
from tests.safeguards.knocking import flood, one, write


def test_a_flood_gets_429_and_never_reaches_the_application(clock: Clock) -> None:
    app, answers = flood(50)
    assert app.calls == 40
    assert [answer.status for answer in answers] == [200] * 40 + [429] * 10


def test_off_the_flood_reaches_the_application(clock: Clock, settings: Any) -> None:
    settings.LIMITS = "wide"
    app, answers = flood(50)
    assert app.calls == 50
    assert {answer.status for answer in answers} == {200}


def test_a_refusal_says_exactly_when_to_come_back(clock: Clock, settings: Any) -> None:
    settings.PARLEY = {"write_burst": 2, "write_interval": 7.0}
    refused = flood(3)[1][-1]
    assert refused.headers["retry-after"] == "7"
    assert refused.headers["ratelimit-policy"] == '"write";q=2;w=14'
    assert refused.headers["ratelimit"] == '"write";r=0;t=7'
    clock.forward(6.999)
    assert flood(1)[1][0].status == 429
    clock.forward(0.001)
    assert flood(1)[1][0].status == 200


@pytest.mark.parametrize(
    ("limits", "scope", "policy"),
    [
        ({"inside_django": 0, "queue": 0, "queue_seconds": 3}, scope_of("/"), '"inside_django";q=0;w=3'),
        (
            {"static_inside": 0, "static_queue": 0, "queue_seconds": 3},
            scope_of("/static/a.js"),
            '"static_inside";q=0;w=3',
        ),
        ({"strangers_burst": 0, "strangers_interval": 3.0}, write(), '"strangers";q=0;w=1'),
    ],
    ids=["inside", "static", "everybody"],
)
def test_a_full_house_names_its_limit_too(
    settings: Any, clock: Clock, limits: Any, scope: Any, policy: str
) -> None:
    settings.PARLEY = limits
    answer = one(scope)[1]
    name = policy.partition(";")[0]
    assert answer.status == 503
    assert answer.headers["retry-after"] == "3"
    assert answer.headers["ratelimit"] == f"{name};r=0;t=3"
    assert answer.headers["ratelimit-policy"] == policy


def test_a_cap_names_its_number_and_anything_else_lets_nobody_in() -> None:
    told = {name: dict(refusals.limit_headers(60, name)) for name in (*refusals.CAPS, "overload", "")}
    policies = {name: headers[b"ratelimit-policy"].decode() for name, headers in told.items()}
    assert policies == {
        "inside_django": '"inside_django";q=6;w=60',
        "inside_operators": '"inside_operators";q=2;w=60',
        "inside_long": '"inside_long";q=4;w=60',
        "static_inside": '"static_inside";q=4;w=60',
        "inside_sign_ins": '"inside_sign_ins";q=2;w=60',
        "too_many_streams": '"too_many_streams";q=8;w=60',
        "full": '"full";q=1500;w=60',
        "overload": '"overload";q=0;w=60',
        "": '"busy";q=0;w=60',
    }
    assert {headers[b"ratelimit"].partition(b";")[2] for headers in told.values()} == {b"r=0;t=60"}


def test_a_script_gets_a_problem_and_a_person_a_page(clock: Clock) -> None:
    problem, page = flood(41)[1][-1], flood(1, accept="text/html,*/*")[1][-1]
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["type"] == "rate-limit"
    assert problem.json()["status"] == page.status == 429
    assert b"<h1>Slow down for a moment</h1>" in page.body
    assert b"Try again in 1 second." in page.body


def test_a_refused_form_sends_nobody_to_an_address_that_only_takes_forms(clock: Clock) -> None:
    page = flood(41, accept="text/html")[1][-1].body
    assert b"still in the form" in page and b"<a" not in page


def test_a_refused_page_can_be_asked_for_again(settings: Any) -> None:
    settings.PARLEY = {"read_burst": 0}
    app = Guard(Echo())
    assert b'<a href="">Try again' in asyncio.run(ask(app, scope_of("/", accept="text/html"), (b"",))).body


def test_the_page_shows_its_own_style_and_nothing_else() -> None:
    digest = b64encode(sha256(refusals.STYLE.encode()).digest())
    assert b"default-src 'none'" in refusals.POLICY and digest in refusals.POLICY
