"""What the operations page costs its worker: cores without anybody watching, and with ten.

`python -m board.proof.watchers [--watchers 10] [--seconds 20]`"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from contextlib import AsyncExitStack, suppress

from board.proof.loadtest import _manage, _Server, _start

SETTLE_SECONDS = 5.0
SIGNED_IN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from board.models import User
from safeguards.identity import make_who
user, session = User.objects.get(username="demo-admin"), SessionStore()
session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.create()
print(f"sessionid={session.session_key}; who={make_who(user.pk, session.session_key)}")
"""


async def measure(watchers: int, seconds: float) -> dict[str, float]:
    """Cores of the worker, and what one watcher is sent a second."""
    with tempfile.TemporaryDirectory(prefix="parley-watch-") as folder:
        environment = os.environ | {"DATA_DIR": folder, "DEMO": "1", "LADDER": "observe"}
        server = await asyncio.to_thread(_start, environment)
        try:
            cookie = await asyncio.to_thread(_manage, environment, "shell", "-v0", "-c", SIGNED_IN)
            await asyncio.sleep(SETTLE_SECONDS)
            alone = await _cores(server, seconds)
            read = [0]
            async with AsyncExitStack() as stack:
                for _one in range(watchers):
                    await stack.enter_async_context(_Watcher(server.port, cookie.splitlines()[-1], read))
                await asyncio.sleep(SETTLE_SECONDS)
                read[0] = 0
                watched = await _cores(server, seconds)
                told = read[0] / watchers / seconds
        finally:
            server.process.terminate()
            await asyncio.to_thread(server.process.wait)
    cost = {"watched": round(watched, 4), "cost": round(watched - alone, 4)}
    return {"watchers": watchers, "alone": round(alone, 4), **cost, "bytes_per_second_each": round(told)}


async def _cores(server: _Server, seconds: float) -> float:
    worker = server.worker
    before, began = sum(worker.cpu_times()[:2]), time.monotonic()
    await asyncio.sleep(seconds)
    return float(sum(worker.cpu_times()[:2]) - before) / (time.monotonic() - began)


class _Watcher:
    """Reads until it is left. Raises RuntimeError when it is not let in."""

    def __init__(self, port: int, cookie: str, read: list[int]) -> None:
        self.port, self.cookie, self.read = port, cookie, read

    async def __aenter__(self) -> None:
        reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writer.write(
            f"GET /ops/stream/ HTTP/1.1\r\nHost: localhost\r\nCookie: {self.cookie}\r\n\r\n".encode()
        )
        status = await reader.readline()
        if b" 200 " not in status:
            raise RuntimeError(f"Not let in: {status.decode()}")
        self.task = asyncio.create_task(self._count(reader))

    async def __aexit__(self, *_error: object) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
        self.writer.close()

    async def _count(self, reader: asyncio.StreamReader) -> None:
        while part := await reader.read(65536):
            self.read[0] += len(part)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watchers", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(measure(given.watchers, given.seconds))))


if __name__ == "__main__":
    main()
