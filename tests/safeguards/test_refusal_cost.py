"""What a refusal costs: no query, so many calls at most, and so much of a processor as is printed."""

import asyncio
import gc
import sys
import time
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from safeguards import flags, middleware
from safeguards.identity import make_who
from safeguards.middleware import Guard
from tests.safeguards.asgi import Echo, scope_of
from tests.safeguards.conftest import Clock

SESSION = "s" * 32
WHO = {
    "address": {},
    "person": {"cookie": f"sessionid={SESSION}; browser={'b' * 22}; who={make_who(7, SESSION)}"},
    "page": {"accept": "text/html,*/*"},
    "script": {"sec_fetch_dest": "empty", "x_cause": "a-gesture"},
}


# As many as were counted once (113, of a person 121), and a fifth: time may not be asserted, and a walk over all that is
# known for each refusal shows here, too.
MOST_CALLS = {"address": 136, "person": 145, "page": 136, "script": 136}


class Asking(Echo):
    """Asks the database once for each request."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        connection.cursor()
        await super().__call__(scope, receive, send)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every query of every thread begins with a cursor. A server reads its flags before it is asked."""
    monkeypatch.setattr(flags, "_ensure_loaded", lambda: None)
    cursors = list[str]()
    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", lambda database: cursors.append(database.alias))
    return cursors


def statuses(times: int, path: str, method: str, headers: dict[str, str]) -> tuple[list[int], float]:
    """What so many requests get, and the seconds of CPU that each cost."""
    scopes = [scope_of(path, method, content_length="1", **headers) for _ in range(times)]
    told = list[int]()

    async def receive() -> Any:
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            told.append(message["status"])

    async def flood() -> float:
        guard = Guard(Asking())
        began = time.process_time()
        for scope in scopes:
            await guard(scope, receive, send)
        return (time.process_time() - began) / times

    return told, asyncio.run(flood())


def calls_of_a_refusal(headers: dict[str, str]) -> int:
    """Python functions that are called for one that is like others before."""
    calls = list[str]()

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        pass

    async def ask() -> None:
        guard = Guard(Asking())
        for profiler in (None, None, lambda frame, event, _arg: calls.append(event)):
            scope = scope_of("/boards/x/cards/", "POST", content_length="1", **headers)
            sys.setprofile(profiler)
            try:
                await guard(scope, receive, send)
            finally:
                sys.setprofile(None)

    gc.disable()  # what it finds to do at any moment is not the refusal's
    try:
        asyncio.run(ask())
    finally:
        gc.enable()
    return calls.count("call")


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(
    ("path", "method", "limits", "status"),
    [
        ("/boards/x/cards/", "POST", {"write_burst": 0}, 429),
        ("/boards/x/", "GET", {"read_burst": 0}, 429),
        ("/boards/x/cards/", "POST", {"writes_burst": 0, "strangers_burst": 0}, 503),
        ("/accounts/login/", "POST", {"sign_in_address_burst": 0}, 429),
        ("/boards/x/cards/", "POST", {"inside_django": 0, "queue": 0}, 503),
        ("/static/a.js", "GET", {"static_burst": 0}, 429),
    ],
    ids=["write", "read", "everybody", "sign-in", "full", "file"],
)
def test_a_refusal_asks_no_database(
    clock: Clock,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    asked: list[str],
    who: str,
    path: str,
    method: str,
    limits: dict[str, float],
    status: int,
) -> None:
    async def held(seconds: float) -> None:
        pass

    monkeypatch.setattr(middleware, "pause", held)
    settings.PARLEY = limits
    assert statuses(30, path, method, WHO[who])[0] == [status] * 30  # the last ones are held
    assert asked == []


def test_off_what_is_not_refused_asks_one(clock: Clock, settings: Any, asked: list[str]) -> None:
    settings.LIMITS = "wide"
    assert statuses(50, "/boards/x/cards/", "POST", {})[0] == [200] * 50
    assert len(asked) == 50


@pytest.mark.parametrize(("who", "most"), MOST_CALLS.items())
def test_a_refusal_takes_no_more_calls_than_it_did(
    settings: Any, asked: list[str], who: str, most: int
) -> None:
    settings.PARLEY = {"write_burst": 0, "hold_refusals": 1_000_000}
    calls = calls_of_a_refusal(WHO[who])
    print(f"a refusal, {who}: {calls} calls, at most {most}")
    assert calls <= most


def test_cpu_of_a_refusal_is_printed(settings: Any, asked: list[str]) -> None:
    settings.PARLEY = {"write_burst": 0, "hold_refusals": 1_000_000}
    for who, headers in WHO.items():
        told, cost = statuses(2000, "/boards/x/cards/", "POST", headers)
        assert told == [429] * 2000
        print(f"a refusal, {who}: {cost * 1e6:.0f} µs of CPU")
    assert asked == []
