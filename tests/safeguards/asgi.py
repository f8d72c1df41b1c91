"""Speaks ASGI to an application, without a server."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        return json.loads(self.body)


def scope_of(
    path: str = "/", method: str = "GET", address: str = "192.0.2.1", extensions: Any = None, **headers: str
) -> Any:
    lines = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return {
        "type": "http",
        "path": path,
        "method": method,
        "headers": lines,
        "client": (address, 5000),
        "extensions": extensions or {},
    }


async def ask(app: Any, scope: Any, chunks: tuple[bytes, ...] = (b"",)) -> Answer:
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": index < len(chunks) - 1}
        for index, chunk in enumerate(chunks)
    ]
    answer = Answer()

    async def receive() -> Any:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answer.body += message["body"]

    await app(scope, receive, send)
    return answer


class Echo:
    """Answers 200 with what it got, and counts."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls += 1
        message = await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": message.get("body", b"")})


class Slow(Echo):
    """Stays inside until it is told to answer."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = self.most = 0
        self.go = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.go.wait()
        self.inside -= 1
        await super().__call__(scope, receive, send)


async def until(condition: Any) -> None:
    """Gives the loop its turns until this is true."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)  # the loop's turn
