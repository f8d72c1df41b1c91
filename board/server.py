"""What a worker process runs: uvicorn on the supervisor's socket, with a heart and a last word."""

import asyncio
import signal
import socket
from types import FrameType

import uvicorn

from board import asgi
from board.access_log import logged
from board.guards import last_words, obey, start, told
from board.ops import watching
from collaboration.streams import begin_leaving, drain
from safeguards.http import GuardedProtocol
from safeguards.worker import Place, beat, leave

GRACE_SECONDS = 1


class Server(uvicorn.Server):
    """Says goodbye to every stream before it closes: uvicorn alone would wait for them for ever."""

    def __init__(self, config: uvicorn.Config, heart: int) -> None:
        super().__init__(config)
        self.heart = heart
        self.farewell = "deploy"

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        start(loop)
        self._beating = loop.create_task(beat(self.heart, told))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        begin_leaving()  # whoever asks over a connection that is open hears it before anything is closed
        self._beating.cancel()
        watching.close()
        for server in self.servers:
            server.close()  # who comes now waits for the next worker instead of getting a stream that is cut
        await drain(self.farewell)
        await super().shutdown(sockets)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        await super().serve(sockets)
        leave(last_words=last_words)  # a loop that is closed would first wait for every thread of its own

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        begin_leaving()
        super().handle_exit(sig, frame)

    def leave(self, why: str = "deploy") -> None:
        begin_leaving()
        self.farewell = why
        self.should_exit = True


def run(place: Place) -> None:
    config = uvicorn.Config(
        logged(asgi.application),
        http=GuardedProtocol,
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=20,
    )
    server = Server(config, place.heart)
    place.lifeline.leave = server.leave
    obey(place, server.leave)
    # uvicorn drains, then raises the signal again: by default that ends the process with words unsaid.
    signal.signal(signal.SIGTERM, lambda _number, _frame: server.leave())
    server.run(sockets=[socket.socket(fileno=place.socket)])
