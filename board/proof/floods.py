"""What a flood from one address draws and costs: what is let in, refused and closed a second, and cores of the worker.

`python -m board.proof.floods [--connections 1500] [--seconds 20] [--nonsense]`"""

import argparse
import asyncio
import json
import os
import re
import tempfile
import time
from collections import Counter
from contextlib import suppress

from board.proof.loadtest import _start
from board.proof.watchers import _cores

SETTLE_SECONDS = 10.0
REQUEST = b"GET /boards/flood/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
REFUSED = {b"400", b"408", b"429", b"431", b"503"}
NONSENSE = b"nonsense\r\n\r\n"


async def measure(connections: int, seconds: float, data: bytes) -> dict[str, float]:
    """Each connection asks again as soon as it is answered, and comes back as soon as it is closed."""
    with tempfile.TemporaryDirectory(prefix="parley-flood-") as folder:
        server = await asyncio.to_thread(_start, os.environ | {"DATA_DIR": folder, "DEMO": "1"})
        told: Counter[str] = Counter()
        clients = [asyncio.create_task(_flood(server.port, data, told)) for _ in range(connections)]
        try:
            await asyncio.sleep(SETTLE_SECONDS)
            told.clear()
            began = time.monotonic()
            cores = await _cores(server, seconds)
            rates = {
                name: round(told[name] / (time.monotonic() - began), 1)
                for name in ("let_in", "refusals", "closes")
            }
        finally:
            for client in clients:
                client.cancel()
            await asyncio.gather(*clients, return_exceptions=True)
            server.process.terminate()
            await asyncio.to_thread(server.process.wait)
    return {"connections": connections, **rates, "cores": round(cores, 3)}


async def _flood(port: int, data: bytes, told: Counter[str]) -> None:
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(data)
                while answer := await reader.read(65536):
                    for code in STATUS.findall(answer):
                        told["refusals" if code in REFUSED else "let_in"] += 1
                    writer.write(data)
            finally:
                writer.transport.abort()
        told["closes"] += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=1500)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--nonsense", action="store_true", help="what is no request")
    given = parser.parse_args()
    data = NONSENSE if given.nonsense else REQUEST
    print(json.dumps(asyncio.run(measure(given.connections, given.seconds, data))))


if __name__ == "__main__":
    main()
