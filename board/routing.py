"""What answers which request: limits outermost, streams and pulses raw, everything else Django."""

import asyncio
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.handlers.asgi import ASGIHandler
from django.urls import re_path

from board.assets import has_file
from board.guards import start
from board.ops.watching import watch
from board.pulses import pulse
from board.streams import stream
from safeguards.middleware import Guard


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return


raw: Any = stream
felt: Any = pulse
watched: Any = watch
plain: Any = ASGIHandler()
every = [
    re_path(r"^boards/[^/]+/(?:stream|events)/$", raw),
    re_path(r"^boards/[^/]+/pulse/$", felt),
    re_path(r"^ops/stream/$", watched),
    re_path(r"", plain),
]
guarded = Guard(ProtocolTypeRouter({"http": URLRouter(every), "lifespan": lifespan}), has_file)


async def application(scope: Any, receive: Any, send: Any) -> None:
    start(asyncio.get_running_loop())
    await guarded(scope, receive, send)
