"""The outermost layer: what passes, and what never reaches Django."""

import asyncio
from typing import Any

import pytest

from safeguards import breakers, conf, middleware
from safeguards.middleware import Guard
from tests.safeguards.asgi import Answer, Echo, ask, scope_of
from tests.safeguards.conftest import Clock
from tests.safeguards.knocking import one

KIB = 1024


@pytest.mark.parametrize("chunks", [(b"x" * 64 * KIB,), (b"x" * 32 * KIB,) * 2])
def test_64_kib_pass(chunks: tuple[bytes, ...]) -> None:
    app, answer = one(scope_of("/x/", "POST", transfer_encoding="chunked"), *chunks)
    assert answer.status == 200
    assert len(answer.body) == 64 * KIB


def test_one_byte_more_is_413_while_it_arrives() -> None:
    app, answer = one(scope_of("/x/", "POST", transfer_encoding="chunked"), b"x" * 64 * KIB, b"x", b"")
    assert (answer.status, app.calls) == (413, 0)
    assert answer.headers["connection"] == "close"
    assert "64 KiB" in answer.json()["detail"]


def test_a_declared_500_mb_is_refused_before_it_arrives() -> None:
    app, answer = one(scope_of("/x/", "POST", content_length=str(500 * KIB * KIB)))
    assert (answer.status, app.calls) == (413, 0)


def test_off_a_big_body_reaches_the_application(settings: Any) -> None:
    settings.PARLEY = {"body_bytes": 10**9}
    app, answer = one(scope_of("/x/", "POST", transfer_encoding="chunked"), b"x" * 200 * KIB)
    assert (answer.status, len(answer.body)) == (200, 200 * KIB)


def test_who_leaves_before_the_body_is_complete_is_not_answered() -> None:
    async def leave() -> Answer:
        return await ask(Guard(Echo()), scope_of("/x/", "POST", content_length="5"), ())

    assert asyncio.run(leave()).status == 0


@pytest.mark.parametrize("length", ["-1", "abc", "", "1e9"])
def test_an_odd_content_length_does_no_harm(length: str) -> None:
    app, answer = one(scope_of("/x/", "POST", content_length=length), b"x")
    assert answer.status == 200


@pytest.mark.parametrize("caused_by", ["nonsense", "", "x" * 5000, "deadbeef-999999999999999999"])
def test_a_malformed_cause_passes_through(caused_by: str) -> None:
    assert one(scope_of("/x/", "POST", x_caused_by=caused_by))[1].status == 200


def test_while_requests_cause_one_another_what_reacts_waits_outside(settings: Any) -> None:
    settings.LADDER = "act"
    breakers.trip("request-loop")
    app, answer = one(scope_of("/x/", "POST", x_caused_by="deadbeef-7"))
    assert (answer.status, app.calls) == (503, 0)
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["ratelimit-policy"].startswith('"overload";q=0;w=')
    assert one(scope_of("/x/", "POST", x_cause="a-gesture"))[1].status == 200
    settings.LADDER = "observe"
    assert one(scope_of("/x/", "POST", x_caused_by="deadbeef-7"))[1].status == 200


def test_one_that_is_put_aside_reacts_to_nothing(settings: Any) -> None:
    settings.LADDER = "act"
    breakers.quarantine("address:192.0.2.1", "request-loop")
    assert one(scope_of("/x/", "POST", x_caused_by="deadbeef-7"))[1].status == 503
    assert one(scope_of("/x/", "POST", address="192.0.2.2", x_caused_by="deadbeef-7"))[1].status == 200


def test_streams_pass_without_a_place_or_a_body(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 0, "queue": 0}
    assert one(scope_of("/boards/x/stream/"))[1].status == 200
    assert one(scope_of("/boards/x/"))[1].status == 503


def test_an_office_loading_a_thousand_files_is_served() -> None:
    async def run() -> list[int]:
        guard = Guard(Echo())
        return [
            answer.status
            for answer in await asyncio.gather(*(ask(guard, scope_of("/static/a.js")) for _ in range(900)))
        ]

    assert set(asyncio.run(run())) == {200}


def files(times: int, path: str = "/static/a.js", **more: Any) -> tuple[Echo, list[Answer]]:
    app = Echo()
    guard = Guard(app, lambda name: name == "a.js")

    async def load() -> list[Answer]:
        return [await ask(guard, scope_of(path, **more)) for _ in range(times)]

    return app, asyncio.run(load())


def test_thirty_people_behind_one_address_load_everything_twice(clock: Clock) -> None:
    app, answers = files(2000)
    assert {answer.status for answer in answers} == {200}


def test_who_loads_files_without_end_is_refused_like_anybody(clock: Clock) -> None:
    app, answers = files(2010)
    assert app.calls == 2000
    assert {answer.status for answer in answers[2000:]} == {429}
    assert answers[-1].headers["ratelimit-policy"] == '"static";q=2000;w=100'
    assert files(1, address="192.0.2.9")[1][0].status == 200


def test_a_file_that_is_missing_is_told_before_the_application(clock: Clock) -> None:
    app, answers = files(1, "/static/b.js")
    assert (app.calls, answers[0].status) == (0, 404)
    assert answers[0].json()["type"] == "not-found"
    page = files(1, "/static/b.js", accept="text/html")[1][0]
    assert page.status == 404 and b"<h1>There is nothing here</h1>" in page.body and b"<a" not in page.body
    assert files(1, "/static/")[1][0].status == 404


def test_missing_files_have_the_limit_of_pages_and_are_held(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = list[float]()

    async def held(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(middleware, "pause", held)
    app, answers = files(225, "/static/b.js")
    assert [answer.status for answer in answers] == [404] * 200 + [429] * 25
    assert len(waits) == 5
    assert files(1)[1][0].status == 200  # files that are there have a limit of their own


def test_lifespan_passes() -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    asyncio.run(Guard(app)({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]


def test_the_defaults_are_those_promised() -> None:
    assert conf.limit("body_bytes") == 64 * KIB
    assert conf.limit("header_bytes") == 32 * KIB
