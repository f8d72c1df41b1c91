"""The application: limits outermost, streams raw, everything else Django."""

import asyncio
import os
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "board.settings")
django_application = get_asgi_application()

# Only now are the models there that these rooms need.
from django.urls import re_path  # noqa: E402

from board.guards import start  # noqa: E402
from board.pulses import pulse  # noqa: E402
from board.streams import stream  # noqa: E402
from safeguards.middleware import Guard  # noqa: E402


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
plain: Any = django_application
every = [
    re_path(r"^boards/[^/]+/(?:stream|events)/$", raw),
    re_path(r"^boards/[^/]+/pulse/$", felt),
    re_path(r"", plain),
]
guarded = Guard(ProtocolTypeRouter({"http": URLRouter(every), "lifespan": lifespan}))


async def application(scope: Any, receive: Any, send: Any) -> None:
    start(asyncio.get_running_loop())
    await guarded(scope, receive, send)
