"""A request for a stream that gets none is told why, by headers that programs know, too."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from board import streams
from board.models import channel_name
from board.stream_answers import refuse, stay_plain
from safeguards import breakers, kill
from safeguards.admission import Decision
from safeguards.identity import make_who


def answered(answering: Any, *args: Any, **more: Any) -> tuple[int, dict[str, str], Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(answering(send, *args, **more))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, json.loads(sent[1]["body"] or "null")


def test_a_stream_too_many_names_its_limit() -> None:
    status, headers, body = answered(refuse, 429, retry_after=0.4, bucket="stream")
    assert (status, headers["retry-after"]) == (429, "1")
    assert headers["ratelimit"] == '"stream";r=0;t=1' and headers["ratelimit-policy"] == '"stream";q=10;w=10'
    assert body["title"] and body["type"] == "rate-limit"


def test_every_refusal_that_passes_names_its_limit() -> None:
    for call in (
        (refuse, 429, {"retry_after": 60.0, "bucket": "too_many_streams"}),
        (refuse, 503, {"retry_after": 5.0, "bucket": "full"}),
        (refuse, 503, {"retry_after": 5}),
        (stay_plain, Decision(False, "overload", 3.0), {}),
    ):
        headers = answered(*call[:2], **call[2])[1]
        assert headers["ratelimit"] and headers["ratelimit-policy"] and headers["retry-after"]


@pytest.mark.parametrize(("with_token", "type"), [(True, "bad-token"), (False, "sign-in")])
def test_a_bad_token_is_not_a_missing_one(with_token: bool, type: str) -> None:
    _status, headers, body = answered(refuse, 401, with_token=with_token)
    assert body["type"] == type
    assert headers.get("www-authenticate", "").startswith("Bearer") is with_token


def test_a_page_that_stays_plain_hears_why() -> None:
    status, headers, body = answered(stay_plain, Decision(False, "killed"))
    assert (status, headers["x-parley-reason"], body) == (204, "killed", None)
    assert answered(stay_plain, Decision(False, "overload", 3.0))[0] == 503


def knock(monkeypatch: pytest.MonkeyPatch, cookie: str) -> tuple[int, dict[str, str], int]:
    """Status, headers, and how often the database was asked who that is."""
    asked: list[str] = []

    async def in_turn(*_job: Any) -> streams.Caller:
        asked.append(cookie)
        return streams.Caller(None, "", "", may_write=False)

    monkeypatch.setattr(streams, "in_turn", in_turn)
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/boards/some/stream/",
        "query_string": b"",
        "client": ("192.0.2.1", 5000),
        "headers": [(b"cookie", cookie.encode())],
    }

    async def call(send: Any) -> None:
        await streams.stream(scope, None, send)

    status, headers, _body = answered(call)
    return status, headers, len(asked)


WHO = f"sessionid=s; who={make_who(7, 's')}"
OTHER = f"sessionid=s; who={make_who(9, 's')}"


def test_who_is_quarantined_knocks_without_the_database(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.LADDER = "act"
    assert knock(monkeypatch, WHO)[::2] == (401, 1)
    breakers.quarantine("user:7", "loops")
    status, headers, asked = knock(monkeypatch, WHO)
    assert (status, asked) == (503, 0)
    assert int(headers["retry-after"]) >= 1
    assert knock(monkeypatch, "sessionid=s; who=7.forged")[::2] == (401, 1)
    settings.LADDER = "observe"
    assert knock(monkeypatch, WHO)[::2] == (401, 1)


def test_killed_needs_no_database_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kill, "killed", lambda: "a test")
    status, headers, asked = knock(monkeypatch, WHO)
    assert (status, headers["x-parley-reason"], asked) == (204, "killed", 0)


def open_already(count: int, browser: str = "browser-{}", key: str = "user:9") -> list[Any]:
    return [
        SimpleNamespace(key=key, browser=browser.format(number), channel=channel_name("some"))
        for number in range(count)
    ]


def test_who_has_every_stream_one_may_have_knocks_without_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def knocks(tickets: list[Any], cookie: str = OTHER) -> tuple[int, int]:
        monkeypatch.setattr(streams, "open_streams", lambda: tickets)
        status, _headers, asked = knock(monkeypatch, cookie)
        return status, asked

    assert knocks(open_already(8)) == (429, 0)
    assert knocks(open_already(8), "sessionid=s; who=9.forged") == (401, 1)
    assert knocks(open_already(8, key="user:8")) == (401, 1)
    assert knocks(open_already(8), f"{OTHER}; browser=browser-3") == (401, 1)  # that one replaces its own
    assert knocks(open_already(7)) == (401, 1)


def test_when_too_many_wait_it_says_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async def in_turn(*_job: Any) -> streams.Caller:
        raise streams.TooMany

    scope = {
        "path": "/boards/some/stream/",
        "method": "GET",
        "headers": [],
        "query_string": b"",
        "type": "http",
    }
    monkeypatch.setattr(streams, "in_turn", in_turn)
    status, headers, body = answered(
        lambda send: streams.stream(scope | {"client": ("192.0.2.1", 5)}, None, send)
    )
    assert (status, headers["retry-after"]) == (503, "10")
    assert body["type"] == "busy"
