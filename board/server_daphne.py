"""The same worker on daphne, for those who ask for it: no back-pressure and no deadlines, see the docs."""

import asyncio
import signal
from typing import Any

from daphne.server import Server, reactor

from board import asgi
from board.access_log import logged
from board.guards import last_words, obey, start, told
from collaboration.streams import begin_leaving, drain
from safeguards.worker import Place, beat, leave

FLUSH_SECONDS = 0.1  # Twisted writes what was sent with its next turns, and not at all once it stops


class Worker:
    """Drains before the reactor stops: daphne itself would cancel every stream without a word."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.loop.add_signal_handler(signal.SIGTERM, self.leave)
        self.place.lifeline.leave = self._leave_soon
        obey(self.place, self._leave_soon)
        start(self.loop)
        self.tasks.append(self.loop.create_task(beat(self.place.heart, told)))

    def leave(self, why: str = "deploy") -> None:
        begin_leaving()
        self.tasks.append(self.loop.create_task(self._farewell(why)))

    def _leave_soon(self, why: str = "deploy") -> None:
        begin_leaving()  # a loop that is busy turns to its farewell later
        self.loop.call_soon_threadsafe(self.leave, why)

    async def _farewell(self, why: str) -> None:
        await drain(why)
        await asyncio.sleep(FLUSH_SECONDS)
        reactor.stop()


def run(place: Place) -> None:
    application: Any = logged(asgi.application)
    reactor.callLater(0, Worker(place).start)  # "when running" would be before the loop runs
    Server(
        application, endpoints=[f"fd:fileno={place.socket}"], server_name=None, signal_handlers=False
    ).run()
    leave(last_words=last_words)  # taking hundreds of connections apart would take longer than there is
