"""A NUL in an address or a cookie: PostgreSQL takes none, so none may get as far."""

import asyncio

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from board.streams import stream, user_of_session
from safeguards import breakers
from tests.safeguards.asgi import scope_of
from tests.support.cast import Cast

KEY = "\0abcdefghij"


@pytest.fixture(autouse=True)
def no_database_looks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    load = SessionStore.load

    def as_postgresql_does(self: SessionStore) -> dict[str, object]:
        assert "\0" not in (self.session_key or ""), "a database was asked for a NUL"
        return load(self)

    monkeypatch.setattr(SessionStore, "load", as_postgresql_does)


def test_such_a_cookie_is_none(cast: Cast, client: Client) -> None:
    client.cookies["sessionid"] = KEY
    assert client.get("/").status_code == 302
    assert user_of_session(KEY) is None


def test_such_an_address_is_not_found(cast: Cast, client: Client) -> None:
    client.force_login(cast.owner)
    for path in ("/boards/%00/", "/boards/a%00b/cards/%00/", "/api/v1/boards/%00"):
        assert client.get(path).status_code == 404


def test_such_a_stream_is_refused_and_the_breaker_hears_nothing() -> None:
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    for _ in range(10):
        asyncio.run(stream(scope_of("/boards/\0/stream/"), receive, send))
    assert {message.get("status") for message in sent if "status" in message} == {404}
    assert breakers.ask().allowed
