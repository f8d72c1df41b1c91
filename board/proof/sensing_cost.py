"""What sensing costs an idle worker with one board open: per cent of a core of its sampler and its chores, and of each
thing that they do.

`python -m board.proof.sensing_cost [--streams 20] [--seconds 60]`"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from pathlib import Path

from board.proof.loadtest import _ask, _manage, _open, _Server, _start

BUILD = "board.proof.timed"
COST = "cost_"  # how the gauges of what they do begin
SETTLE_SECONDS = 8.0  # what only a start costs is over
THREADS = ("sampler", "chores")


async def measure(streams: int, seconds: float) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="parley-sensing-") as folder:
        wide = {"LIMITS": "wide", "LADDER": "observe", "DJANGO_SETTINGS_MODULE": BUILD}
        environment = os.environ | {"DATA_DIR": folder, "DEMO": "1"} | wide
        server = await asyncio.to_thread(_start, environment)
        try:
            token = await asyncio.to_thread(_manage, environment, "token", "demo-facilitator")
            slug = (await _ask(server.port, token, "GET", "/api/v1/boards"))["boards"][0]["slug"]
            opened = [await _open(server.port, token, slug, html=False) for _ in range(streams)]
            spent = await _spent(server, seconds)
            for _reader, writer in opened:
                writer.close()
        finally:
            server.process.terminate()
            await asyncio.to_thread(server.process.wait)
    if spent.pop("streams") != streams:
        raise RuntimeError("Not all streams stayed open.")
    return dict(sorted(spent.items(), key=lambda item: -item[1]))


async def _spent(server: _Server, seconds: float) -> dict[str, float]:
    """Per cent of a core, and how many streams were open at the end."""
    await asyncio.sleep(SETTLE_SECONDS)
    before, began = _told(server), time.monotonic()
    await asyncio.sleep(seconds)
    after, passed = _told(server), time.monotonic() - began
    names = [name for name in after if name.startswith(COST)] + [f"{each}_cpu_seconds" for each in THREADS]
    spent = {
        name.removeprefix(COST): round((after[name] - before.get(name, 0.0)) / passed * 100, 3)
        for name in names
    }
    return spent | {"streams": after["streams"]}


def _told(server: _Server) -> dict[str, float]:
    """The worker's gauges."""
    status = json.loads(Path(server.folder / "run" / "status.json").read_text())
    return dict(status["workers"][0]["gauges"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(measure(given.streams, given.seconds)), indent=1))


if __name__ == "__main__":
    main()
