"""The same worker on daphne, for those who ask for it: no back-pressure and no deadlines, see the docs."""

import asyncio
from typing import Any

from daphne.server import Server, reactor
from twisted.internet.defer import Deferred

from board import asgi
from board.server import arguments
from board.worker import beat, watch_life
from collaboration.streams import drain


def serve(fd: int, heart: int, life: int) -> None:
    def leave() -> None:
        reactor.callFromThread(reactor.stop)

    def farewell() -> Any:
        return Deferred.fromFuture(asyncio.ensure_future(drain()))

    def start() -> None:
        tasks.append(asyncio.ensure_future(beat(heart)))

    tasks: list[Any] = []
    reactor.addSystemEventTrigger("before", "shutdown", farewell)
    reactor.callWhenRunning(start)
    watch_life(life, leave)
    Server(
        asgi.application, endpoints=[f"fd:fileno={fd}"], server_name=None, proxy_forwarded_address_header=None
    ).run()


if __name__ == "__main__":
    given = arguments()
    serve(given.socket, given.heart, given.life)
