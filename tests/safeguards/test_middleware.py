"""The outermost layer: floods, big bodies and a full house are answered before Django."""

import asyncio
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest

from safeguards import admission, breakers, conf, middleware, refusals
from safeguards.middleware import CLOSE, PARK, Guard
from tests.safeguards.asgi import Answer, Echo, ask, scope_of, until
from tests.safeguards.conftest import Clock

KIB = 1024


def write(**more: Any) -> Any:
    return scope_of("/boards/x/cards/", "POST", content_length="1", **more)


def flood(times: int, **more: Any) -> tuple[Echo, list[Answer]]:
    app = Echo()
    guard = Guard(app)

    async def knock() -> list[Answer]:
        return [await ask(guard, write(**more), (b"x",)) for _ in range(times)]

    return app, asyncio.run(knock())


def one(scope: Any, *chunks: bytes) -> tuple[Echo, Answer]:
    app = Echo()
    return app, asyncio.run(ask(Guard(app), scope, chunks or (b"",)))


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


def test_of_who_keeps_knocking_one_waits_and_the_others_are_left_unread(
    clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PARLEY = {"write_burst": 1, "write_interval": 30, "hold_connections": 16}
    waits, go = list[float](), asyncio.Event()

    async def held(seconds: float) -> None:
        waits.append(seconds)
        await go.wait()

    told = list[str]()
    asks = {PARK: lambda: told.append("park"), CLOSE: lambda: told.append("close")}

    async def knock() -> list[Answer]:
        guard = Guard(Echo())
        for _ in range(21):
            await ask(guard, write(), (b"x",))
        monkeypatch.setattr(middleware, "pause", held)
        first = asyncio.create_task(ask(guard, write(), (b"x",)))
        await until(lambda: waits)
        others = [await ask(guard, write(extensions=asks)) for _ in range(25)]
        read = await ask(guard, scope_of("/boards/x/"))
        go.set()
        return [await first, read, *others]

    first, read, *others = asyncio.run(knock())
    assert waits == [2.0]
    assert first.status == 429
    assert read.status == 200  # reading was not what they overdid
    assert {answer.status for answer in others} == {0}
    assert told == ["park"] * 25 + ["close"]  # eight places are for one key, sixteen for the surplus


def test_of_who_overdoes_several_things_one_waits_all_the_same(
    clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PARLEY = {"write_burst": 0, "read_burst": 0, "strangers_burst": 0}
    scopes = [scope_of("/boards/x/"), scope_of("/boards/x/stream/"), write()]
    waits, parked, go = list[float](), list[str](), asyncio.Event()

    async def held(seconds: float) -> None:
        waits.append(seconds)
        await go.wait()

    def on_parley(scope: Any) -> Any:
        return scope | {"extensions": {PARK: lambda: parked.append(scope["path"]), CLOSE: bool}}

    async def knock() -> tuple[Answer, list[int]]:
        guard = Guard(Echo())
        for number in range(20):
            assert (await ask(guard, scopes[number % 3], (b"x",))).status in {429, 503}
        monkeypatch.setattr(middleware, "pause", held)
        first = asyncio.create_task(ask(guard, on_parley(scopes[0])))
        await until(lambda: waits)
        others = [asyncio.create_task(ask(guard, on_parley(scope))) for scope in scopes]
        await until(lambda: len(waits) + len(parked) == 4)
        go.set()
        return await first, [answer.status for answer in await asyncio.gather(*others)]

    first, others = asyncio.run(knock())
    assert first.status == 429
    assert (others, parked) == ([0] * 3, [scope["path"] for scope in scopes])
    assert len(waits) == 1


@pytest.mark.parametrize(("workers", "borne"), [(1, 20), (2, 20), (3, 18), (4, 20), (40, 40)])
def test_all_processes_together_answer_twenty_refusals_before_they_hold(
    clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch, workers: int, borne: int
) -> None:
    settings.WORKERS, settings.PARLEY = workers, {"write_burst": 0}
    waits = list[float]()

    async def held(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(middleware, "pause", held)
    at_once = 0
    for _process in range(workers):
        admission.reset()  # each counts by itself
        waits.clear()
        at_once += len(flood(25)[1]) - len(waits)
    assert at_once == borne


@pytest.mark.parametrize("workers", [1, 4, 8])
def test_the_more_processes_the_longer_each_of_them_waits(
    clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    settings.WORKERS = workers
    settings.PARLEY = {"write_burst": 1, "write_interval": 0.001, "hold_refusals": 0}
    waits = list[float]()

    async def held(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(middleware, "pause", held)
    assert flood(2)[1][-1].status == 429
    assert workers / waits[0] == pytest.approx(20)


def test_on_another_server_whoever_is_held_waits_for_the_answer(
    clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PARLEY = {"write_burst": 1, "write_interval": 30}
    waits = list[float]()

    async def held(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    async def knock() -> list[int]:
        guard = Guard(Echo())
        for _ in range(21):
            await ask(guard, write(), (b"x",))
        monkeypatch.setattr(middleware, "pause", held)
        return [answer.status for answer in await asyncio.gather(*(ask(guard, write()) for _ in range(5)))]

    assert asyncio.run(knock()) == [429] * 5
    assert waits == [2.0] * 5


@pytest.mark.parametrize(
    ("interval", "waited", "left"), [(7.0, 2.0, "5"), (1.5, 1.5, "1"), (0.001, 0.05, "1")]
)
def test_who_had_to_wait_for_a_refusal_is_told_what_is_left(
    clock: Clock,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    interval: float,
    waited: float,
    left: str,
) -> None:
    settings.PARLEY = {"write_burst": 1, "write_interval": interval, "hold_refusals": 0}
    waits = list[float]()

    async def held(seconds: float) -> None:
        waits.append(seconds)
        clock.forward(seconds)

    monkeypatch.setattr(middleware, "pause", held)
    answer = flood(2)[1][-1]
    assert waits == [waited]
    assert (answer.status, answer.headers["retry-after"]) == (429, left)
    assert answer.headers["ratelimit"] == f'"write";r=0;t={left}'
    assert f"in {left} second" in answer.json()["detail"]
    clock.forward(float(left))
    assert flood(1)[1][0].status == 200


def test_off_nobody_is_held(clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PARLEY = {"write_burst": 1, "write_interval": 30, "hold_refusals": 10_000}
    waits = list[float]()

    async def held(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(middleware, "pause", held)
    assert [answer.status for answer in flood(100)[1]] == [200] + [429] * 99
    assert waits == []


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
