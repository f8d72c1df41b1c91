"""Who comes to the guard: one request, or a flood of them."""

import asyncio
from typing import Any

from safeguards.middleware import Guard
from tests.safeguards.asgi import Answer, Echo, ask, scope_of


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
