"""One open stream, read in a thread."""

import json
import socket
import threading
import time
from typing import Any

from board.proof.containment import NEVER


class Reader:
    """`port`: its own end; `ended_at`: when it ended, on the monotonic clock; never as long as it has not."""

    def __init__(self, port: int, path: str, headers: dict[str, str]) -> None:
        self.events: list[tuple[str, Any]] = []
        self.ended, self.ended_at = threading.Event(), NEVER
        self._sock = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.port = int(self._sock.getsockname()[1])
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._sock.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
        self._file = self._sock.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        threading.Thread(target=self._read, daemon=True).start()

    def of(self, kind: str) -> list[Any]:
        return [data for name, data in self.events if name == kind]

    def seqs(self) -> list[int]:
        """Of the changes, as they came."""
        return [change["seq"] for change in self.of("change")]

    def close(self) -> None:
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._sock.close()

    def _read(self) -> None:
        kind = ""
        try:
            for raw in self._file:
                if raw.startswith(b"event: "):
                    kind = raw[7:].strip().decode()
                elif raw.startswith(b"data: "):
                    self.events.append((kind or "change", json.loads(raw[6:])))
                    if kind == "bye":
                        break
                    kind = ""
        except (OSError, ValueError):
            pass
        self.ended_at = time.monotonic()
        self.ended.set()
