"""Who keeps knocking waits for the refusal, or is left unread."""

import asyncio
from typing import Any

import pytest

from safeguards import admission, middleware
from safeguards.middleware import CLOSE, PARK, Guard
from tests.safeguards.asgi import Answer, Echo, ask, scope_of, until
from tests.safeguards.conftest import Clock
from tests.safeguards.knocking import flood, write


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
        await asyncio.sleep(0)  # the others come meanwhile

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
