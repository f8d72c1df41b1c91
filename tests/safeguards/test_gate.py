"""Six are inside Django, some wait, the next are told when to come back."""

import asyncio
from typing import Any

import pytest

from safeguards import middleware
from safeguards.middleware import Guard
from tests.safeguards.asgi import Answer, Echo, Slow, ask, scope_of, until


def crowd(size: int, addresses: int = 100) -> tuple[Slow, list[int]]:
    async def run() -> tuple[Slow, list[int]]:
        app = Slow()
        guard = Guard(app)
        scopes = [scope_of(address=f"192.0.2.{number % addresses}") for number in range(size)]
        tasks = [asyncio.create_task(ask(guard, scope)) for scope in scopes]
        await until(lambda: app.inside + guard.gate.waiting + sum(map(asyncio.Task.done, tasks)) == size)
        app.go.set()
        return app, [(await task).status for task in tasks]

    return asyncio.run(run())


def test_six_are_inside_sixty_four_wait_and_the_next_gets_503() -> None:
    app, statuses = crowd(75)
    assert app.most == 6
    assert statuses.count(200) == 70
    assert statuses.count(503) == 5


def test_one_address_has_half_of_the_places_and_not_the_whole_queue() -> None:
    app, statuses = crowd(75, addresses=1)
    assert app.most == 3
    assert statuses.count(200) == 51
    assert statuses.count(503) == 24


def test_off_everybody_is_inside_at_once(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 10_000}
    app, statuses = crowd(75)
    assert app.most == 75


def test_who_waits_too_long_gets_503_with_a_time_to_come_back(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 1, "queue_seconds": 0.05}

    async def run() -> Answer:
        app = Slow()
        guard = Guard(app)
        first = asyncio.create_task(ask(guard, scope_of("/")))
        await until(lambda: app.inside)
        second = await ask(guard, scope_of("/"))
        app.go.set()
        await first
        assert (await ask(guard, scope_of("/"))).status == 200  # the place was given back
        return second

    answer = asyncio.run(run())
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) >= 1


BY_PROGRAM = {"sec-fetch-dest": "empty"}


def behind(programs: int, says: dict[str, str] = BY_PROGRAM) -> tuple[list[str], dict[str, list[int]]]:
    """One inside, programs waiting, then two people; who was let in after the first, and the answers."""
    order: list[str] = []

    async def run() -> dict[str, list[int]]:
        app = Slow()

        async def noted(scope: Any, receive: Any, send: Any) -> None:
            order.append(scope["path"])
            await app(scope, receive, send)

        guard = Guard(noted)
        tasks: dict[str, list[asyncio.Task[Answer]]] = {"first": [], "program": [], "person": []}

        async def comes(who: str, **headers: str) -> None:
            count = sum(map(len, tasks.values()))
            tasks[who].append(asyncio.create_task(ask(guard, scope_of(f"/{who}", **headers))))
            await until(
                lambda: (
                    app.inside + guard.gate.waiting + sum(t.done() for some in tasks.values() for t in some)
                    > count
                )
            )

        await comes("first")
        for _ in range(programs):
            await comes("program", **says)
        for _ in range(2):
            await comes("person")
        app.go.set()
        return {who: [(await task).status for task in some] for who, some in tasks.items()}

    statuses = asyncio.run(run())
    return order[1:], statuses


def test_what_people_do_goes_before_what_programs_send(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 1}
    order, statuses = behind(programs=3)
    assert statuses == {"first": [200], "program": [200] * 3, "person": [200] * 2}
    assert order == ["/person"] * 2 + ["/program"] * 3


def test_programs_do_not_crowd_people_out(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 1, "queue": 3, "slowed": 0}
    order, statuses = behind(programs=4)
    assert statuses == {"first": [200], "program": [200, 503, 503, 503], "person": [200] * 2}
    assert order == ["/person"] * 2 + ["/program"]


def test_programs_have_one_of_the_places() -> None:
    async def run() -> tuple[int, list[int]]:
        app = Slow()
        guard = Guard(app)
        programs = [asyncio.create_task(ask(guard, scope_of("/", **BY_PROGRAM))) for _ in range(5)]
        await until(lambda: app.inside + guard.gate.waiting == 5)
        inside = app.inside
        people = [asyncio.create_task(ask(guard, scope_of(address=f"192.0.2.{n}"))) for n in range(4)]
        await until(lambda: app.inside == 5)  # past the programs that wait
        app.go.set()
        return inside, [(await task).status for task in programs + people]

    inside, statuses = asyncio.run(run())
    assert inside == 1
    assert statuses == [200] * 9


def slowed(says: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long those were kept that found the queue full."""
    waits: list[float] = []

    async def noted(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(middleware, "pause", noted)
    assert behind(programs=4, says=says)[1]["person"][-1] in {200, 503}
    return waits


def test_a_program_that_is_turned_away_waits_for_its_answer_and_people_do_not(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PARLEY = {"inside_django": 1, "queue": 3}
    assert slowed(BY_PROGRAM, monkeypatch) == [middleware.SLOWED_SECONDS] * 3
    assert slowed({}, monkeypatch) == []
    settings.PARLEY |= {"slowed": 0}
    assert slowed(BY_PROGRAM, monkeypatch) == []


def test_off_they_do(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 1, "queue": 3}
    _order, statuses = behind(programs=4, says={})
    assert statuses == {"first": [200], "program": [200] * 3 + [503], "person": [503] * 2}


def test_a_place_is_given_back_when_a_waiting_client_leaves(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 1}

    async def run() -> Answer:
        app = Slow()
        guard = Guard(app)
        first, second = (asyncio.create_task(ask(guard, scope_of("/"))) for _ in range(2))
        await until(lambda: app.inside and guard.gate.waiting)
        app.go.set()
        second.cancel()
        await first
        return await ask(guard, scope_of("/"))

    assert asyncio.run(run()).status == 200


def test_a_slow_reader_does_not_keep_others_out(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 1}

    async def run() -> Answer:
        guard, never = Guard(Echo()), asyncio.Event()

        async def stuck(message: Any) -> None:
            await never.wait()

        async def nothing() -> Any:
            return {"type": "http.request", "body": b""}

        reader = asyncio.create_task(guard(scope_of("/"), nothing, stuck))
        await until(lambda: not guard.gate._inside)
        answer = await ask(guard, scope_of("/"))
        reader.cancel()
        return answer

    assert asyncio.run(run()).status == 200
