"""A server on a real socket, and what a client says to it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import uvicorn

from safeguards.http import GuardedProtocol

GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
LAST = b"2\r\nhi\r\n0\r\n"
NONSENSE = b"\x00" * 100
Client = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


async def echo(scope: Any, receive: Any, send: Any) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        more = message["more_body"]
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]}
    )
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def serving(protocol: Any, app: Any) -> AsyncIterator[Client]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, http=protocol, ws="none", lifespan="off", log_level="error", access_log=False)
    )
    task = asyncio.create_task(server._serve([listener]))
    writers = []

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writers.append(writer)
        return reader, writer

    try:
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0)  # the loop's turn
        yield connect
    finally:
        for writer in writers:
            writer.transport.abort()
        server.should_exit = server.force_exit = True
        await task
        listener.close()


def talk(*parts: bytes, protocol: Any = GuardedProtocol, app: Any = echo, wait: float = 5.0) -> bytes:
    """What comes back until the server closes, or `wait` seconds have passed."""

    async def run() -> bytes:
        answer = b""
        async with serving(protocol, app) as connect:
            reader, writer = await connect()
            for part in parts:
                writer.write(part)
                await asyncio.sleep(0)  # it arrives by itself
            try:
                async with asyncio.timeout(wait):
                    while data := await reader.read(65536):
                        answer += data
            except TimeoutError:
                answer += b"<still open>"
            except ConnectionError:
                answer += b"<reset>"
        return answer

    return asyncio.run(run())


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


async def moment(seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)
