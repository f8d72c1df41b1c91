"""Sign-ins have two of the places, and an address has one of them."""

import asyncio
from typing import Any

import pytest

from safeguards.middleware import Guard
from tests.safeguards.asgi import Answer, Echo, Slow, ask, scope_of, until


@pytest.fixture(autouse=True)
def restless(settings: Any) -> None:
    """Places are free at once, but where it is about that."""
    settings.PARLEY = {"sign_in_rest": 0}


def among_sign_ins(addresses: int, path: str = "/accounts/login/") -> tuple[int, int, list[int]]:
    """Wrong passwords over twelve connections: how many are inside; how many with two readers; their answers."""

    async def run() -> tuple[int, int, list[int]]:
        app = Slow()
        guard = Guard(app)
        scopes = [scope_of(path, "POST", f"192.0.2.{number % addresses}") for number in range(12)]
        signing_in = [asyncio.create_task(ask(guard, scope)) for scope in scopes]

        def all_came() -> bool:
            waiting = guard.sign_ins.waiting + guard.gate.waiting
            return app.inside + waiting + sum(map(asyncio.Task.done, tasks)) == len(tasks)

        tasks = signing_in
        await until(all_came)
        hashing = app.inside
        readers = [asyncio.create_task(ask(guard, scope_of("/", address=f"198.51.100.{n}"))) for n in (1, 2)]
        tasks = signing_in + readers
        await until(all_came)
        inside = app.inside
        app.go.set()
        return hashing, inside, [(await task).status for task in tasks]

    return asyncio.run(run())


def test_sign_ins_have_two_of_the_places_and_an_address_has_one_of_them() -> None:
    assert among_sign_ins(addresses=1) == (1, 3, [200] * 14)
    assert among_sign_ins(addresses=6) == (2, 4, [200] * 14)
    assert among_sign_ins(6, "/account/password/") == (2, 4, [200] * 14)
    assert among_sign_ins(6, "/admin/login/") == (2, 4, [200] * 14)


def test_off_sign_ins_take_all_places(settings: Any) -> None:
    settings.PARLEY = {
        "sign_in_rest": 0,
        "inside_sign_ins": 100,
        "sign_ins_per_address": 0,
        "queue_seconds": 0.05,
    }
    hashing, inside, _statuses = among_sign_ins(addresses=6)
    assert (hashing, inside) == (6, 6)


def test_a_sign_in_that_finds_its_queue_full_is_told_when_to_come_back(settings: Any) -> None:
    settings.PARLEY = {"sign_in_rest": 0, "sign_in_queue_per_address": 3}

    async def run() -> list[Answer]:
        app = Slow()
        guard = Guard(app)
        scopes = [scope_of("/accounts/login/", "POST", accept="text/html") for _ in range(6)]
        tasks = [asyncio.create_task(ask(guard, scope)) for scope in scopes]
        await until(lambda: sum(map(asyncio.Task.done, tasks)) == 2)
        other = asyncio.create_task(ask(guard, scope_of("/accounts/login/", "POST", "198.51.100.1")))
        await until(lambda: app.inside == 2)
        app.go.set()
        return [await task for task in [*tasks, other]]

    answers = asyncio.run(run())
    assert [answer.status for answer in answers] == [200] * 4 + [503] * 2 + [200]
    assert answers[4].headers["retry-after"] == "2"
    assert answers[4].headers["ratelimit-policy"] == '"inside_sign_ins";q=2;w=2'


def test_a_sign_in_gives_both_places_back_before_its_answer_is_read(settings: Any) -> None:
    settings.PARLEY = {"sign_in_rest": 0, "inside_sign_ins": 1}

    async def run() -> Answer:
        guard, never = Guard(Echo()), asyncio.Event()
        reading = asyncio.Event()

        async def stuck(message: Any) -> None:
            reading.set()
            await never.wait()

        async def nothing() -> Any:
            return {"type": "http.request", "body": b""}

        reader = asyncio.create_task(guard(scope_of("/accounts/login/", "POST"), nothing, stuck))
        await reading.wait()
        answer = await ask(guard, scope_of("/accounts/login/", "POST"))
        reader.cancel()
        return answer

    assert asyncio.run(run()).status == 200


@pytest.mark.parametrize(("rest", "waits"), [(1e9, 1), (0, 0)])
def test_after_a_sign_in_its_place_rests_so_that_many_of_them_keep_no_processor_busy(
    settings: Any, rest: float, waits: int
) -> None:
    settings.PARLEY = {"sign_in_rest": rest, "sign_in_rest_seconds": 0.2}

    async def run() -> tuple[int, int, list[int]]:
        guard = Guard(Echo())
        first = await ask(guard, scope_of("/accounts/login/", "POST"))
        reader = await ask(guard, scope_of("/"))  # who wants no place there waits for none
        second = asyncio.create_task(ask(guard, scope_of("/accounts/login/", "POST")))
        await until(lambda: second.done() or guard.sign_ins.waiting)
        waiting = guard.sign_ins.waiting
        return waiting, reader.status, [first.status, (await second).status]

    assert asyncio.run(run()) == (waits, 200, [200, 200])


def test_thirty_who_sign_in_at_once_from_one_address_all_find_a_place_in_the_queue() -> None:
    async def run() -> list[int]:
        app = Slow()
        guard = Guard(app)
        tasks = [asyncio.create_task(ask(guard, scope_of("/accounts/login/", "POST"))) for _ in range(30)]
        await until(lambda: guard.sign_ins.waiting == 29)
        app.go.set()
        return [(await task).status for task in tasks]

    assert asyncio.run(run()) == [200] * 30
