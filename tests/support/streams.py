"""A reader of a real stream, in a thread: what a program that follows a board does."""

import contextlib
import http.client
import json
import socket
import threading
import time
from typing import Any
from uuid import uuid4

from collaboration.sse import Event, Parser
from tests.support.server import Server, until


class Client:
    """One person with a token."""

    def __init__(self, server: Server, username: str) -> None:
        self.server = server
        self.token = server.token(username)
        self.headers = {"Authorization": f"Bearer {self.token}"}
        if username.startswith("demo-"):
            self.slug = self.json("GET", "/api/v1/boards")["boards"][0]["slug"]

    def json(self, method: str, path: str, body: Any = None, expect: int | None = None) -> Any:
        headers = {**self.headers, "Content-Type": "application/json"}
        if method != "GET":
            headers["Idempotency-Key"] = str(uuid4())
        status, answer = self.server.ask(method, path, body, headers)
        assert status == expect if expect else status < 300, (status, answer)
        return json.loads(answer) if answer else None

    def board(self) -> Any:
        return self.json("GET", f"/api/v1/boards/{self.slug}")

    def add(self, text: str) -> Any:
        self.zone = getattr(self, "zone", None) or self.board()["zones"][0]["id"]
        body = {"kind": "fact", "body": text, "zone": self.zone}
        return self.json("POST", f"/api/v1/boards/{self.slug}/cards", body)

    def stream(self, since: str = "", query: str = "") -> "Reader":
        path = f"/boards/{self.slug}/stream/?since={since}{query}"
        return Reader(self.server.port, path, self.headers)


OPEN: set["Reader"] = set()


def close_all() -> None:
    for reader in list(OPEN):
        reader.close()


class Reader:
    def __init__(self, port: int, path: str, headers: dict[str, str]) -> None:
        self.events: list[Event] = []
        self.ended = threading.Event()
        self.at: dict[int, float] = {}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._connection.request("GET", path, headers=headers)
        self._sock = self._connection.sock  # the connection forgets it when the answer says close
        self.response = self._connection.getresponse()
        OPEN.add(self)
        self.status = self.response.status
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        parser = Parser()
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError, AttributeError):
            while chunk := self.response.read1(65536):
                for event in parser.feed(chunk.decode()):
                    self.events.append(event)
                    if event.type == "change":
                        self.at[json.loads(event.data)["seq"]] = time.time()
        self.ended.set()

    def seqs(self) -> list[int]:
        return [json.loads(event.data)["seq"] for event in self.of("change")]

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.type == kind]

    def wait(self, kind: str, count: int = 1, seconds: float = 10) -> list[Event]:
        until(lambda: len(self.of(kind)) >= count, seconds, f"{count} × {kind}")
        return self.of(kind)

    def close(self) -> None:
        if self._sock is not None:
            with contextlib.suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self.response.close()
        self._connection.close()
        if self._sock is not None:
            self._sock.close()
        OPEN.discard(self)
