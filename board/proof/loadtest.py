"""How fast and how dear: N readers of one board, R writes a second, one real server of its own."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30
START_POLL_SECONDS = 0.2


async def measure(streams: int, rate: float, seconds: float, html: bool) -> dict[str, Any]:
    """Latency from an event's time (taken under the lock, before the commit) to its last reader."""
    with tempfile.TemporaryDirectory(prefix="parley-load-") as folder:
        environment = os.environ | {"DATA_DIR": folder, "DEMO": "1", "LIMITS": "wide", "LADDER": "observe"}
        server = await asyncio.to_thread(_start, environment)
        try:
            return await _load(server, environment, streams, rate, seconds, html)
        finally:
            server.process.terminate()
            await asyncio.to_thread(server.process.wait)


class _Server:
    def __init__(self, process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
        self.process, self.port, self.folder = process, port, folder

    @property
    def worker(self) -> psutil.Process:
        status = json.loads((self.folder / "run" / "status.json").read_text())
        return psutil.Process(status["workers"][0]["pid"])


def _manage(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _start(environment: dict[str, str]) -> _Server:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    _manage(environment, "migrate", "-v0")
    _manage(environment, "demo")
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + START_SECONDS
    status = Path(environment["DATA_DIR"]) / "run" / "status.json"
    while time.monotonic() < deadline:
        if status.exists() and '"cpu_cores"' in status.read_text():
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        time.sleep(START_POLL_SECONDS)  # another process starts: there is nothing to wait on
    return _Server(process, port, Path(environment["DATA_DIR"]))


async def _load(
    server: _Server, environment: dict[str, str], streams: int, rate: float, seconds: float, html: bool
) -> dict[str, Any]:
    token = await asyncio.to_thread(_manage, environment, "token", "demo-facilitator")
    boards = await _ask(server.port, token, "GET", "/api/v1/boards")
    slug = boards["boards"][0]["slug"]
    zone = (await _ask(server.port, token, "GET", f"/api/v1/boards/{slug}"))["zones"][0]["id"]
    before = server.worker.memory_info().rss
    last: dict[int, list[float]] = {}
    readers = [await _open(server.port, token, slug, html) for _ in range(streams)]
    tasks = [asyncio.create_task(_read(reader, last)) for reader, _writer in readers]
    await asyncio.sleep(1)
    opened, threads = server.worker.memory_info().rss, server.worker.num_threads()
    cpu, writes = sum(server.worker.cpu_times()[:2]), []
    for number in range(int(rate * seconds)):
        began = time.perf_counter()
        await _ask(server.port, token, "POST", f"/api/v1/boards/{slug}/cards", _card(zone, number))
        writes.append(time.perf_counter() - began)
        await asyncio.sleep(max(0.0, 1 / rate - (time.perf_counter() - began)))
    await asyncio.sleep(0.5)
    spent = sum(server.worker.cpu_times()[:2]) - cpu
    for task in tasks:
        task.cancel()
    for _reader, writer in readers:
        writer.close()
    complete = sorted(max(arrivals) for arrivals in last.values() if len(arrivals) == streams)
    deliveries = sum(len(arrivals) for arrivals in last.values())
    return {
        "streams": streams,
        "events": len(writes),
        "complete": len(complete),
        "deliveries_per_s": round(deliveries / seconds, 1),
        "last_reader_ms": {f"p{q}": _quantile(complete, q) for q in (50, 95, 99)},
        "write_ms": {f"p{q}": _quantile(sorted(writes), q) for q in (50, 95)},
        "cpu_us_per_delivery": round(spent / max(1, deliveries) * 1e6, 1),
        "rss_kb_per_stream": round((opened - before) / max(1, streams) / 1024, 1),
        "threads": threads,
        "html": html,
        "limits": "LIMITS=wide LADDER=observe",
    }


def _card(zone: str, number: int) -> dict[str, str]:
    return {"kind": "fact", "body": f"Statement number {number} of a load test", "zone": zone}


def _quantile(values: list[float], percent: int) -> float:
    return round(values[min(len(values) - 1, len(values) * percent // 100)] * 1000, 1) if values else 0.0


async def _open(
    port: int, token: str, slug: str, html: bool
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    path = f"/boards/{slug}/stream/" + ("?html=1" if html else "")
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head:
        raise RuntimeError(head.decode())
    return reader, writer


async def _read(reader: asyncio.StreamReader, last: dict[int, list[float]]) -> None:
    while line := await reader.readline():
        if line.startswith(b"data: {") and b'"kind":' in line:
            now, change = time.time(), json.loads(line[6:])
            at = datetime.fromisoformat(change["at"]).timestamp()
            last.setdefault(change["seq"], []).append(now - at)


async def _ask(port: int, token: str, method: str, path: str, body: Any = None) -> Any:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    data = json.dumps(body).encode() if body else b""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
    if body:
        head += (
            f"Content-Type: application/json\r\nIdempotency-Key: {uuid4()}\r\nContent-Length: {len(data)}\r\n"
        )
    writer.write(head.encode() + b"\r\n" + data)
    answer = await reader.read()
    writer.close()
    return json.loads(answer.partition(b"\r\n\r\n")[2])
