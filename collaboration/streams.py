"""The open streams of a process: served until their reader leaves, replaced, drained."""

import asyncio
import logging
import math
import random
from collections.abc import Callable
from typing import Any

from collaboration.conf import DEPLOY_SPREAD_MS, DRAIN_SECONDS
from collaboration.hub import current_hub, hub
from collaboration.joining import join
from collaboration.pump import Pump
from collaboration.replacing import replace
from collaboration.stream import Stream, Ticket

logger = logging.getLogger(__name__)
_leaving = [False]
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


async def serve(
    ticket: Ticket,
    receive: Any,
    send: Any,
    tell: Callable[[bool], None] = lambda joined: None,
    close: Callable[[], None] = lambda: None,
) -> None:
    """Answer one request with a stream until its reader leaves or is told goodbye. Never raises.

    `tell` hears whether the reader has joined, or what it was to join broke. `close` ends the connection with all that
    still waits in it: a reader that is cut reads nothing, and a last word would only wait behind the others."""
    here = hub()
    stream = Stream(ticket, send)
    pump: Pump | None = None
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        pump = stream.pump = await here.pump(ticket.channel)
        replace(here, stream.place, math.inf, again=ticket.again)
        here.add(stream, pump)
        await join(stream, pump)
        tell(True)
        await _until_over(stream, receive)
        if stream.mailbox.was_cut:
            close()
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    except asyncio.CancelledError:
        raise
    except Exception:
        logger.exception("A stream of %s broke", ticket.channel)
        tell(False)
    finally:
        stream.mailbox.cut()
        if pump is not None:
            here.remove(stream, pump)


def open_streams() -> list[Ticket]:
    here = current_hub()
    return [stream.ticket for stream in here.streams if not stream.said_goodbye] if here is not None else []


def begin_leaving() -> None:
    """This process is about to stop: from now on nobody is to be sent to it. From any thread, also a signal's handler."""
    _leaving[0] = True


def is_leaving() -> bool:
    """Whether this process is about to say goodbye to its streams, or has: a new one would be cut."""
    return _leaving[0]


async def drain(reason: str = "deploy") -> None:
    """Goodbye to every stream, each with its own delay; returns when all are gone, or after 0.6 s."""
    here = current_hub()
    if here is None:
        return
    streams = list(here.streams)
    for stream in streams:
        stream.bye(reason, None, retry_ms=int(random.uniform(500, 500 + DEPLOY_SPREAD_MS)))
    ends = [asyncio.ensure_future(stream.mailbox.ended.wait()) for stream in streams]
    if ends:
        _done, late = await asyncio.wait(ends, timeout=DRAIN_SECONDS)
        for end in late:
            end.cancel()
    await here.close()


async def _until_over(stream: Stream, receive: Any) -> None:
    left = asyncio.ensure_future(_disconnected(receive))
    ended = asyncio.ensure_future(stream.mailbox.ended.wait())
    try:
        await asyncio.wait([left, ended], return_when=asyncio.FIRST_COMPLETED)
    finally:
        left.cancel()
        ended.cancel()


async def _disconnected(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
