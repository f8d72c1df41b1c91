"""What goes on is noted now and then: its evidence must not cost what the flood was kept from costing."""

import asyncio
from typing import Any

import pytest

from safeguards import incidents, middleware
from safeguards.incidents import files
from safeguards.middleware import Guard
from tests.safeguards.asgi import Echo, ask
from tests.safeguards.conftest import Clock
from tests.safeguards.knocking import write


@pytest.fixture(autouse=True)
def here(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    seconds = [1000.0]
    monkeypatch.setattr(files.time, "monotonic", lambda: seconds[0])
    return seconds


def noted() -> list[Any]:
    """Since the last call."""
    return [files._waiting.get_nowait().evidence for _ in range(files._waiting.qsize())]


def test_the_same_is_noted_once_a_minute_and_something_else_at_once(now: list[float]) -> None:
    for second in range(150):
        now[0] = 1000.0 + second
        incidents.record("rate-limit", {"limit": "read", "who": "user:1"}, every=60)
    assert len(noted()) == 3
    incidents.record("rate-limit", {"limit": "read", "who": "user:2"}, every=60)
    incidents.record("rate-limit", {"limit": "write", "who": "user:1"}, every=60)
    assert len(noted()) == 2


def test_what_happens_twice_is_noted_twice() -> None:
    for _time in range(2):
        incidents.record("rollback-by-hand", {"feature": "live_board"})
    assert len(noted()) == 2


def test_ever_new_names_fill_no_memory(now: list[float]) -> None:
    for number in range(3 * files.GOING_ON):
        incidents.record("rate-limit", {"limit": "read", "who": f"user:{number}"}, every=60)
        noted()
        assert len(files._going_on) <= files.GOING_ON


def test_a_flood_of_one_person_is_one_line(
    clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PARLEY = {"write_burst": 1, "write_interval": 30, "hold_refusals": 3}

    async def at_once(seconds: float) -> None:
        clock.forward(seconds)

    monkeypatch.setattr(middleware, "pause", at_once)

    async def flood() -> list[int]:
        guard = Guard(Echo())
        return [(await ask(guard, write(), (b"x",))).status for _ in range(12)]

    assert asyncio.run(flood()).count(429) >= 8
    assert [entry["limit"] for entry in noted()] == ["write"]
