"""What a worker process runs: uvicorn on the supervisor's socket, with a heart and a last word."""

import argparse
import asyncio
import socket
from typing import Any

import uvicorn

from board import asgi
from board.worker import beat, watch_life
from collaboration.streams import drain
from safeguards.http import GuardedProtocol

GRACE_SECONDS = 1


class Server(uvicorn.Server):
    """Says goodbye to every stream before it closes: uvicorn alone would wait for them for ever."""

    heart: int

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._beating = asyncio.get_running_loop().create_task(beat(self.heart))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._beating.cancel()
        await drain()
        await super().shutdown(sockets)

    def leave(self) -> None:
        self.should_exit = True


def serve(fd: int, heart: int, life: int) -> None:
    config = uvicorn.Config(
        asgi.application,
        http=GuardedProtocol,
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=20,
    )
    server = Server(config)
    server.heart = heart
    watch_life(life, server.leave)
    server.run(sockets=[socket.socket(fileno=fd)])


def arguments() -> Any:
    parser = argparse.ArgumentParser()
    parser.add_argument("--server")
    for name in ("socket", "heart", "life"):
        parser.add_argument(f"--{name}", type=int, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    given = arguments()
    serve(given.socket, given.heart, given.life)
