"""Bodies read before the application sees them, and only while they fit."""

import asyncio
from typing import Any

from safeguards import conf
from safeguards.identity import header

DRAIN_BYTES = 8 * 1024 * 1024  # read and thrown away, so that a client that is still sending gets its answer
DRAIN_SECONDS = 2.0


class TooBig(Exception):
    """The body is bigger than the server takes."""


class Gone(Exception):
    """The client left before its body was complete."""


async def whole_body(scope: Any, receive: Any) -> Any:
    """A `receive` that gives the body again. Raises TooBig as soon as it does not fit, and Gone."""
    cap = conf.limit("body_bytes")
    refuse_declared(scope, cap)
    if not header(scope, b"content-length") and not header(scope, b"transfer-encoding"):
        return receive
    return _again(await _whole(receive, cap), receive)


def refuse_declared(scope: Any, cap: int) -> None:
    """Raises TooBig when the client itself says that its body does not fit."""
    length = header(scope, b"content-length")
    if length.isascii() and length.isdigit() and int(length) > cap:  # "²" is a digit, and no number
        raise TooBig


async def small_body(scope: Any, receive: Any, cap: int) -> bytes:
    """The body of a request that takes at most `cap` bytes. Raises TooBig and Gone."""
    refuse_declared(scope, cap)
    return await _whole(receive, cap)


async def _whole(receive: Any, cap: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Gone
        body += message.get("body", b"")
        if len(body) > cap:
            raise TooBig
        if not message.get("more_body"):
            return bytes(body)


def _again(body: bytes, receive: Any) -> Any:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Any:
        return messages.pop() if messages else await receive()

    return receive_again


async def drain(receive: Any) -> None:
    """Read on for a moment: closing on unread bytes would reset the connection and lose the answer."""
    size, more = 0, True
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while more and size < DRAIN_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                more = message["type"] == "http.request" and bool(message.get("more_body"))
    except TimeoutError:
        return
