"""Hints between processes over the Channels layer. They may be lost, doubled or late: the sweep catches up."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings

from collaboration.conf import HINT_GROUP

logger = logging.getLogger(__name__)
ORIGIN = uuid4().hex  # this process; its own hints are old news here
RETRY_SECONDS = 1.0
SHARES = 20  # indicators on their way at once; a bus that is slow gets no more
AWAY_SECONDS = 5.0  # and one that is away is left alone
_loop: asyncio.AbstractEventLoop | None = None
_sharing: set[asyncio.Task[None]] = set()
_away_until = 0.0


def hint(channel: str, seq: int) -> None:
    """Tell other processes that `channel` has reached `seq`. From any thread; never raises."""
    _send({"type": "hint", "origin": ORIGIN, "channel": channel, "seq": seq})


def nudge() -> None:
    """Ask every process to check its streams' authority now."""
    _send({"type": "nudge", "origin": ORIGIN})


def share(kind: str, channel: str, **said: Any) -> None:
    """Indicators for the other processes, from the loop; a lost one is superseded by the next."""
    if not settings.REDIS_URL or len(_sharing) >= SHARES or time.monotonic() < _away_until:
        return
    task = asyncio.get_running_loop().create_task(
        _share({"type": kind, "origin": ORIGIN, "channel": channel, **said})
    )
    _sharing.add(task)
    task.add_done_callback(_sharing.discard)


async def _share(message: dict[str, Any]) -> None:
    global _away_until
    try:
        layer = get_channel_layer()
        if layer is not None:
            await layer.group_send(HINT_GROUP, message)
    except Exception as error:
        _away_until = time.monotonic() + AWAY_SECONDS
        logger.warning("Other processes do not hear who is here: %s", error)


def _send(message: dict[str, Any]) -> None:
    if not settings.REDIS_URL:
        return
    try:
        if _loop is not None and _loop.is_running():
            asyncio.run_coroutine_threadsafe(_publish(message), _loop)
        else:
            async_to_sync(_publish)(message)
    except Exception:
        logger.warning("A hint was not sent; other processes notice within 1.5 s.", exc_info=True)


async def _publish(message: dict[str, Any]) -> None:
    try:
        layer = get_channel_layer()
        if layer is not None:
            await layer.group_send(HINT_GROUP, message)
    except Exception:
        logger.warning("A hint was not sent; other processes notice within 1.5 s.", exc_info=True)


async def listen(receive: Callable[[dict[str, Any]], None]) -> None:
    """Hand every message of other processes to `receive`, for ever."""
    global _loop
    _loop = asyncio.get_running_loop()
    if not settings.REDIS_URL:
        return
    while True:
        try:
            await _listen(receive)
        except asyncio.CancelledError:
            raise
        except Exception:
            logger.warning("The bus is away; the sweep goes on.", exc_info=True)
            await asyncio.sleep(RETRY_SECONDS)


async def _listen(receive: Callable[[dict[str, Any]], None]) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    name = await layer.new_channel()
    await layer.group_add(HINT_GROUP, name)
    while True:
        message = await layer.receive(name)
        if message.get("origin") != ORIGIN:
            receive(message)
