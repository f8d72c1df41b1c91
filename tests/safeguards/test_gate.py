"""Six are inside Django, some wait, the next are told when to come back."""

import asyncio
from typing import Any

from safeguards.middleware import Guard
from tests.safeguards.asgi import Answer, Echo, Slow, ask, scope_of, until


def crowd(size: int) -> tuple[Slow, list[int]]:
    async def run() -> tuple[Slow, list[int]]:
        app = Slow()
        guard = Guard(app)
        tasks = [asyncio.create_task(ask(guard, scope_of())) for _ in range(size)]
        await until(
            lambda: app.inside + len(guard.gate._waiting) + sum(map(asyncio.Task.done, tasks)) == size
        )
        app.go.set()
        return app, [(await task).status for task in tasks]

    return asyncio.run(run())


def test_six_are_inside_sixty_four_wait_and_the_next_gets_503() -> None:
    app, statuses = crowd(75)
    assert app.most == 6
    assert statuses.count(200) == 70
    assert statuses.count(503) == 5


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


def test_a_place_is_given_back_when_a_waiting_client_leaves(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 1}

    async def run() -> Answer:
        app = Slow()
        guard = Guard(app)
        first, second = (asyncio.create_task(ask(guard, scope_of("/"))) for _ in range(2))
        await until(lambda: app.inside and guard.gate._waiting)
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
