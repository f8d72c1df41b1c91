"""uvicorn's HTTP protocol with what it lacks: a cap on headers and a deadline for a request to arrive."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from safeguards import conf

TOO_BIG = b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\n"
SENTENCES = {
    TOO_BIG: b"The request's headers are too big: at most 32 KiB. Delete this site's cookies and try again.\n",
    TOO_SLOW: b"The request took too long to arrive. Try again.\n",
}


class GuardedProtocol(HttpToolsProtocol):
    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._header_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._expect("header_seconds")

    def data_received(self, data: bytes) -> None:
        if self._arriving_headers():
            self._header_bytes += len(data)
            if self._header_bytes > conf.number("header_bytes") + conf.number("body_bytes") or (
                self._header_bytes > conf.number("header_bytes") and b"\r\n\r\n" not in data
            ):
                self._refuse(TOO_BIG)
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._expect("header_seconds")
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        size = sum(len(key) + len(text) for key, text in self.headers)
        if size > conf.number("header_bytes"):
            self._refuse(TOO_BIG)

    def on_headers_complete(self) -> None:
        if self.transport.is_closing():
            return
        self._expect("body_seconds")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._calm()
        self._header_bytes = 0
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._calm()
        super().connection_lost(exc)

    def _arriving_headers(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _expect(self, limit: str) -> None:
        self._calm()
        self._deadline = self.loop.call_later(conf.number(limit), self._too_late)

    def _calm(self) -> None:
        if getattr(self, "_deadline", None) is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._refuse(TOO_SLOW)

    def _refuse(self, status: bytes) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        body = SENTENCES[status]
        head = b"content-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
        self.transport.write(status + head + body)
        self.transport.close()
