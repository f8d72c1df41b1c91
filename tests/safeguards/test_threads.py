"""Threads and their database connections go from request to request."""

import asyncio
import threading
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.core.handlers.asgi import ASGIHandler
from django.db import connection
from django.db.backends.signals import connection_created

from board.environment import sqlite
from safeguards.middleware import Guard
from tests.safeguards.asgi import Echo, ask, scope_of


class Working(Echo):
    """Says in which thread its work was done; as many work at once as are `together`."""

    def __init__(self, together: int = 1) -> None:
        super().__init__()
        self.meeting = threading.Barrier(together, timeout=5)
        self.threads: list[int] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await sync_to_async(self._work)()
        await super().__call__(scope, receive, send)

    def _work(self) -> None:
        self.meeting.wait()
        self.threads.append(threading.get_ident())


async def many(app: Any, together: int, times: int) -> None:
    guard = Guard(app)
    for _ in range(times):
        await asyncio.gather(*(ask(guard, scope_of()) for _ in range(together)))


@pytest.mark.parametrize("together", [1, 3])
def test_as_many_threads_as_were_needed_at_once(together: int) -> None:
    app = Working(together)
    asyncio.run(many(app, together, 4))
    assert len(app.threads) == 4 * together
    assert len(set(app.threads)) == together


def test_after_an_accident_nobody_waits_behind_the_thread_that_had_it() -> None:
    async def break_off() -> tuple[int, int]:
        go = threading.Event()
        begun = threading.Event()

        class Stuck(Echo):
            async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
                if scope["path"] == "/stuck/":
                    asyncio.ensure_future(sync_to_async(lambda: (begun.set(), go.wait(5)))())  # noqa: RUF006 - its thread is what it leaves
                    await asyncio.to_thread(begun.wait, 5)
                    raise RuntimeError("gone while its thread works")
                await sync_to_async(lambda: None)()
                await super().__call__(scope, receive, send)

        guard = Guard(Stuck())
        with pytest.raises(RuntimeError):
            await ask(guard, scope_of("/stuck/"))
        try:
            return (await asyncio.wait_for(ask(guard, scope_of("/next/")), 2)).status, guard.gate._inside
        finally:
            go.set()

    assert asyncio.run(break_off()) == (200, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's connections are in a pool")
def test_one_thread_opens_one_connection_whatever_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", sqlite("")["CONN_MAX_AGE"])
    opened: list[str] = []

    def note(**said: Any) -> None:
        opened.append(threading.current_thread().name)

    connection_created.connect(note)

    async def look(times: int) -> set[int]:
        guard, statuses = Guard(ASGIHandler()), set()
        for _ in range(times):
            browser = ApplicationCommunicator(guard, scope_of("/readyz", host="localhost"))
            await browser.send_input({"type": "http.request"})
            statuses.add((await browser.receive_output())["status"])
            await browser.receive_output()
            await browser.wait()
        return statuses

    try:
        assert asyncio.run(look(4)) == {200}
    finally:
        connection_created.disconnect(note)
    assert len(opened) == 1
