"""Sockets that are not read: what waits in them, since when they take no more, and when the server let go."""

import fcntl
import socket
import struct
import termios
import threading
import time
from pathlib import Path

from board.proof.containment import NEVER

SOCKETS = Path("/proc/net/tcp")
ESTABLISHED = "01"
EVERY_SECONDS = 0.05


class Watch:
    """In a thread, from both ends: what waits at the reader, and the server's socket as the system lists it."""

    def __init__(self, port: int, sockets: list[socket.socket]) -> None:
        self.can_see = SOCKETS.exists()
        self._server = f":{port:04X}"
        self._sockets = {f"{sock.getsockname()[1]:04X}": sock for sock in sockets}
        self.most = 0  # bytes that waited in one socket of the server
        self._waiting: dict[str, tuple[int, int]] = {}  # port -> bytes there, and bytes at the reader
        self._stuck: dict[str, float] = {}  # port -> since when they are no more
        self._gone: dict[str, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        if self.can_see:
            self._thread.start()

    def is_over(self) -> bool:
        return len(self._gone) == len(self._sockets)

    def stop(self) -> None:
        self._over.set()
        if self.can_see:
            self._thread.join()

    def longest(self) -> float:
        """Seconds from when a socket took no more until the server let go of it; NEVER while one is left."""
        return max(self._gone.get(port, NEVER) - self._stuck.get(port, 0.0) for port in self._sockets)

    def _look_on(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            now, there = time.monotonic(), self._there()
            for port, sock in self._sockets.items():
                if port not in there:
                    self._gone.setdefault(port, now)
                    continue
                self.most = max(self.most, there[port])
                if (waiting := (there[port], unread(sock))) != self._waiting.get(port):
                    self._waiting[port], self._stuck[port] = waiting, now

    def _there(self) -> dict[str, int]:
        """Port of the reader -> bytes that wait in the server's socket."""
        rows = [line.split() for line in SOCKETS.read_text().splitlines()[1:]]
        return {
            row[2].partition(":")[2]: int(row[4].partition(":")[0], 16)
            for row in rows
            if row[1].endswith(self._server) and row[3] == ESTABLISHED
        }


def unread(sock: socket.socket) -> int:
    """Bytes that arrived and were not read."""
    (count,) = struct.unpack("i", fcntl.ioctl(sock, termios.FIONREAD, bytes(4)))
    return int(count)
