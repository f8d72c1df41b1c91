"""What it costs when everybody moves the cursor at once: N people with pages of their own, on one real server."""

import asyncio
import json
import os
import random
import re
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from board.proof.loadtest import _ask, _manage, _Server, _start

PASSWORD = "correct horse battery staple"  # noqa: S105  # of people who live as long as the measurement
FLAGS = ("live_board", "live_presence", "live_cursors")
SPREAD_SECONDS = 0.1  # people do not move in step


@dataclass
class Person:
    name: str
    cookies: dict[str, str] = field(default_factory=dict)
    frames: int = 0
    bytes: int = 0
    sent: int = 0
    refused: int = 0

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


async def measure(people: int, rate: float, seconds: float) -> dict[str, Any]:
    """CPU of the worker in cores, frames each reader gets, and what was refused."""
    with tempfile.TemporaryDirectory(prefix="parley-load-") as folder:
        environment = os.environ | {"DATA_DIR": folder, "DEMO": "1", "LIMITS": "wide", "LADDER": "observe"}
        server = await asyncio.to_thread(_start, environment)
        try:
            slug, everybody = await _gather(server, environment, people)
            return await _move(server, slug, everybody, rate, seconds)
        finally:
            server.process.terminate()
            await asyncio.to_thread(server.process.wait)


async def _gather(server: _Server, environment: dict[str, str], people: int) -> tuple[str, list[Person]]:
    for flag in FLAGS:
        await asyncio.to_thread(_manage, environment, "rollout", "everyone", flag, "--reason", "load test")
    token = await asyncio.to_thread(_manage, environment, "token", "demo-facilitator")
    slug = (await _ask(server.port, token, "GET", "/api/v1/boards"))["boards"][0]["slug"]
    everybody = [Person(f"mover-{number}") for number in range(people)]
    for person in everybody:
        await _sign_up(server.port, person)
        await _ask(
            server.port,
            token,
            "POST",
            f"/api/v1/boards/{slug}/members",
            {"username": person.name, "role": "participant"},
        )
    await asyncio.sleep(2)  # running workers follow a flag within that
    return slug, everybody


async def _sign_up(port: int, person: Person) -> None:
    await _page(port, "GET", person)
    fields = {
        "username": person.name,
        "password1": PASSWORD,
        "password2": PASSWORD,
        "csrfmiddlewaretoken": person.cookies["csrftoken"],
    }
    await _page(port, "POST", person, urlencode(fields))


async def _page(port: int, method: str, person: Person, body: str = "") -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"{method} /accounts/signup/ HTTP/1.1\r\nHost: localhost\r\nCookie: {person.cookie}\r\nConnection: close\r\n"
    if body:
        head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}\r\n{body}".encode())
    answer = (await reader.read()).decode("latin-1")
    writer.close()
    person.cookies |= dict(re.findall(r"(?im)^set-cookie: (\w+)=([^;]*)", answer))


async def _move(
    server: _Server, slug: str, everybody: list[Person], rate: float, seconds: float
) -> dict[str, Any]:
    reading = [asyncio.create_task(_read(server.port, slug, person)) for person in everybody]
    await asyncio.sleep(3)
    for person in everybody:
        person.frames = person.bytes = 0
    resting = await _cpu(server, 3)
    moving = [asyncio.create_task(_point(server.port, slug, person, rate, seconds)) for person in everybody]
    spent = await _cpu(server, seconds)
    await asyncio.gather(*moving)
    for task in reading:
        task.cancel()
    frames = sorted(person.frames / seconds for person in everybody)
    return {
        "people": len(everybody),
        "pulses_per_s": round(sum(person.sent for person in everybody) / seconds, 1),
        "refused": sum(person.refused for person in everybody),
        "frames_per_s_and_stream": {"least": round(frames[0], 1), "most": round(frames[-1], 1)},
        "kb_per_s_and_stream": round(
            sum(person.bytes for person in everybody) / len(everybody) / seconds / 1024, 1
        ),
        "worker_cpu_cores": round(spent, 3),
        "worker_cpu_cores_at_rest": round(resting, 3),
        "limits": "LIMITS=wide LADDER=observe",
    }


async def _cpu(server: _Server, seconds: float) -> float:
    worker = server.worker
    before, began = sum(worker.cpu_times()[:2]), time.monotonic()
    await asyncio.sleep(seconds)
    return float(sum(worker.cpu_times()[:2]) - before) / (time.monotonic() - began)


async def _read(port: int, slug: str, person: Person) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET /boards/{slug}/stream/ HTTP/1.1\r\nHost: localhost\r\nCookie: {person.cookie}\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head:
        raise RuntimeError(head.decode())
    while line := await reader.readline():
        person.bytes += len(line)
        if line.startswith(b"event: pulse"):
            person.frames += 1


async def _point(port: int, slug: str, person: Person, rate: float, seconds: float) -> None:
    """One page: a connection that stays, one pulse at a time, never faster than the page sends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.sleep(random.uniform(0, SPREAD_SECONDS))
    end = time.monotonic() + seconds
    while (began := time.monotonic()) < end:
        spot = {"kind": "cursor", "anchor": "board", "x": random.random(), "y": random.random()}
        body = json.dumps(spot).encode()
        head = (
            f"POST /boards/{slug}/pulse/ HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
            f"Cookie: {person.cookie}\r\nX-CSRFToken: {person.cookies['csrftoken']}\r\nSec-Fetch-Site: same-origin\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        person.sent += 1
        person.refused += b" 204 " not in answer
        await asyncio.sleep(max(0.0, began + 1 / rate - time.monotonic()))
    writer.close()
