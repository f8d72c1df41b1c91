"""Programs by the dozen on one event loop: each reads a stream and writes, as fast as the server lets it."""

import asyncio
import json
import re
from typing import Any
from uuid import uuid4

from board.proof.people import Person

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
TOKEN = "d" * 32  # a CSRF cookie is whatever cookie and header agree on


class Bot:
    """One browser of one person."""

    def __init__(self, person: Person, number: int) -> None:
        self.person, self.browser = person, f"browser-bot-{number}"
        person.cookies.setdefault("csrftoken", TOKEN)
        self._writer: asyncio.StreamWriter | None = None
        self.ended = ""  # what the server said goodbye with

    async def open(self, query: str = "") -> int:
        """The status of the answer, 0 where there was none."""
        self.close()
        path = f"/boards/{self.person.slug}/stream/{query}"
        try:
            self._reader, self._writer = await self._send("GET", path)
            head = await self._reader.readuntil(b"\r\n\r\n")
        except (OSError, asyncio.IncompleteReadError):
            return 0
        return int(head.split()[1])

    async def event(self) -> tuple[str, Any]:
        """The next one; an empty kind when the stream has ended."""
        kind = ""
        while line := await self._line():
            if line.startswith(b"event: "):
                kind = line[7:].strip().decode()
            elif line.startswith(b"data: "):
                data = json.loads(line[6:])
                if kind != "bye":
                    return kind or "change", data
                self.ended = data["reason"]
                break
        return "", None

    async def write(self, zone: str, text: str, **headers: str) -> tuple[int, str]:
        """Say something on the board; the status, 0 where there was no answer, and the card that was made."""
        body = json.dumps({"kind": "fact", "body": text, "zone": zone}).encode()
        path, writer = f"/api/v1/boards/{self.person.slug}/cards", None
        try:
            reader, writer = await self._send("POST", path, body, headers)
            head = await reader.readuntil(b"\r\n\r\n")
            status, length = int(head.split()[1]), LENGTH.search(head)
            answer = await reader.readexactly(int(length[1])) if length else b""
            return status, json.loads(answer)["card"]["id"] if status == 201 else ""
        except (OSError, asyncio.IncompleteReadError):
            return 0, ""
        finally:
            if writer is not None:
                writer.close()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    async def _line(self) -> bytes:
        try:
            return await self._reader.readline()
        except OSError:
            return b""

    async def _send(
        self, method: str, path: str, body: bytes = b"", more: dict[str, str] | None = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.person.port, limit=1 << 20)
        headers = self.person.headers(self.browser, Host="localhost", **(more or {}))
        if body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
            headers |= {"Idempotency-Key": str(uuid4()), "Connection": "close"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body)
        return reader, writer
