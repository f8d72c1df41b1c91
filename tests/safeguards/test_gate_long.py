"""Answers too long to be kept: their readers, however slow, keep out nobody but one another."""

import asyncio
from typing import Any

import pytest

from safeguards.gate import KEPT_BYTES
from safeguards.middleware import Guard
from tests.safeguards.asgi import Answer, ask, scope_of
from tests.safeguards.test_gate import until

PIECE = 64 * 1024


class Export:
    """Streams more than is kept for `/long/`, and a word for everything else; `made` counts its bytes."""

    def __init__(self) -> None:
        self.made = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(KEPT_BYTES // PIECE + 2 if scope["path"] == "/long/" else 0):
            self.made += PIECE
            await send({"type": "http.response.body", "body": b"x" * PIECE, "more_body": True})
        await send({"type": "http.response.body", "body": b"end"})


class Reader:
    """Of one address; reads nothing until `go`."""

    def __init__(self, guard: Guard, number: int) -> None:
        self.go, self.bytes, self.status = asyncio.Event(), 0, 0
        self.task = asyncio.create_task(
            guard(scope_of("/long/", address=f"192.0.2.{number}"), self._ask, self._take)
        )

    async def _ask(self) -> Any:
        return {"type": "http.request", "body": b""}

    async def _take(self, message: Any) -> None:
        await self.go.wait()
        self.status = message.get("status", self.status)
        self.bytes += len(message.get("body", b""))


@pytest.fixture(autouse=True)
def few_places(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 1, "inside_long": 2, "queue_seconds": 0.05, "inside_per_key": 0}


def test_who_reads_a_long_answer_slowly_keeps_nobody_out() -> None:
    async def run() -> tuple[Answer, Answer, list[int]]:
        guard = Guard(Export())
        readers = [Reader(guard, number) for number in (1, 2)]
        await until(lambda: guard.long._inside == 2)
        short, third = (
            await ask(guard, scope_of("/")),
            await ask(guard, scope_of("/long/", address="192.0.2.3")),
        )
        for reader in readers:
            reader.go.set()
            await reader.task
        assert guard.long._inside == guard.gate._inside == 0
        return short, third, [reader.bytes for reader in readers]

    short, third, read = asyncio.run(run())
    assert (short.status, short.body) == (200, b"end")
    assert (third.status, third.headers["retry-after"]) == (503, "1")  # nothing of it was out yet
    assert "inside_long" in third.headers["ratelimit"]
    assert read == [KEPT_BYTES + 2 * PIECE + 3] * 2


def test_one_address_has_one_place_for_long_answers() -> None:
    async def run() -> tuple[int, Answer]:
        guard = Guard(Export())
        first, second = Reader(guard, 1), Reader(guard, 1)
        await until(lambda: guard.long.waiting)
        other = Reader(guard, 2)
        await until(lambda: guard.long._inside == 2)
        second.go.set()
        await second.task
        for reader in (first, other):
            reader.go.set()
            await reader.task
        return second.status, await ask(guard, scope_of("/"))

    status, after = asyncio.run(run())
    assert (status, after.status) == (503, 200)


def test_who_leaves_midway_leaves_the_place() -> None:
    async def run() -> Answer:
        guard = Guard(Export())
        reader = Reader(guard, 1)
        await until(lambda: guard.long._inside)
        reader.task.cancel()
        await asyncio.gather(reader.task, return_exceptions=True)
        assert guard.long._inside == guard.gate._inside == 0
        return await ask(guard, scope_of("/long/"))

    answer = asyncio.run(run())
    assert (answer.status, len(answer.body)) == (200, KEPT_BYTES + 2 * PIECE + 3)
