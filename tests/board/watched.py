"""The operations page without a server: who watches it, and what is drawn for them."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from django.conf import settings as site

from board.ops import watching
from collaboration.sse import Parser
from safeguards import paths

ADA, BOB = "a" * 32, "b" * 32


class Person:
    def __init__(self, *, is_staff: bool) -> None:
        self.is_staff = is_staff


class House:
    """Who is staff, how often the pieces were made, and what is in them."""

    def __init__(self) -> None:
        self.people = {ADA: Person(is_staff=True), BOB: Person(is_staff=False)}
        self.made = 0
        self.still = "<p>same</p>"
        self.drawn: list[str] = []

    def fragments(self) -> dict[str, str]:
        self.made += 1
        return {"still": self.still, "moving": f"<p>{self.made}</p>"}

    def pieces(self, name: str) -> dict[str, str]:
        self.drawn.append(name)
        return {f"charts-{name}": "<svg></svg>"} if name != "hour" else {}


class Watcher:
    def __init__(
        self, session: str = ADA, method: str = "GET", *headers: tuple[bytes, bytes], query: bytes = b""
    ) -> None:
        cookie = (b"cookie", f"{site.SESSION_COOKIE_NAME}={session}".encode())
        self.scope = {"type": "http", "method": method, "path": paths.WATCH, "headers": [cookie, *headers]}
        self.scope["query_string"] = query
        self.sent: list[Any] = []
        self.slow = asyncio.Event()
        self.slow.set()
        self.left = asyncio.Event()
        self.task = asyncio.ensure_future(watching.watch(self.scope, self._receive, self._send))

    async def _receive(self) -> Any:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self.slow.wait()
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"]) if self.sent else 0

    @property
    def frames(self) -> list[dict[str, str]]:
        text = b"".join(message.get("body", b"") for message in self.sent[1:]).decode()
        return [json.loads(event.data) for event in Parser().feed(text)]


async def until(true: Callable[[], object]) -> None:
    for _try in range(2000):
        if true():
            return
        await asyncio.sleep(0.002)  # between two looks
    raise AssertionError("it did not come about")


def play(scene: Any) -> None:
    async def played() -> None:
        try:
            await scene()
        finally:
            watching.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    asyncio.run(played())
