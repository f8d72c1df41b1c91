"""The stream of a synthetic person: read when they wait for a change, for as long as anybody would."""

import http.client
from contextlib import suppress

from board.residents.visitor import NO_ANSWER, PATIENCE_SECONDS
from collaboration.sse import Parser, parse_id

PIECE_BYTES = 64 * 1024


class Listener:
    """`address`: host and port on which this server listens."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address, self.last_id, self.is_open = address, "", False
        self._parser = Parser()
        self._connection: http.client.HTTPConnection | None = None
        self._answer: http.client.HTTPResponse | None = None

    def open(self, path: str, headers: dict[str, str]) -> int:
        """From the last change that was heard; the status."""
        self.close()
        self._parser = Parser()
        again = {"Last-Event-ID": self.last_id} if self.last_id else {}
        self._connection = http.client.HTTPConnection(*self.address, timeout=PATIENCE_SECONDS)
        try:
            self._connection.request("GET", path, headers=headers | again)
            self._answer = self._connection.getresponse()
        except (OSError, http.client.HTTPException):
            self.close()
            return NO_ANSWER
        if self._answer.status != http.client.OK:
            status = self._answer.status
            self.close()
            return status
        self.is_open = True
        return http.client.OK

    def hears(self, seq: int) -> bool:
        """Whether this change comes, or has come. Afterwards the stream is closed if it does not."""
        while self.is_open and not self._has(seq):
            try:
                piece = self._answer.read1(PIECE_BYTES) if self._answer is not None else b""
            except (OSError, http.client.HTTPException):
                piece = b""
            for _event in self._parser.feed(piece.decode("utf-8", "replace")):
                self.last_id = self._parser.last_id or self.last_id
            if not piece:
                self.close()
        return self._has(seq)

    def close(self) -> None:
        self.is_open = False
        for one in (self._answer, self._connection):
            if one is not None:
                with suppress(OSError):
                    one.close()
        self._answer = self._connection = None

    def _has(self, seq: int) -> bool:
        known = parse_id(self.last_id)
        return known is not None and known[1] >= seq
