"""uvicorn's HTTP protocol with what it lacks: caps on headers, and deadlines for arriving and for reading."""

import asyncio
import socket
from functools import partial
from typing import Any

import httptools
from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from safeguards import admission, conf, incidents, paths
from safeguards.identity import address_of
from safeguards.middleware import CLOSE, KEEPS, PARK
from safeguards.parking import parking
from safeguards.resources import gauges
from safeguards.unread import unread

LINGER_SECONDS = 2.0  # closing on unread bytes would reset the connection and lose the answer
# Un-acknowledged for this long, a connection is dead: with the 15 s heartbeat a closed laptop is gone within 45 s,
# the time in which somebody who comes back is not missed included.
UNANSWERED_MS = 20_000
# What the system keeps for a stream that is not read; left alone it grows to megabytes each.
STREAM_SEND_BYTES = 64 * 1024
NONSENSE = "400 Bad Request"
TOO_BIG = "431 Request Header Fields Too Large"
TOO_SLOW = "408 Request Timeout"
SENTENCES = {
    NONSENSE: "This is no HTTP request that the server understands.\n",
    TOO_BIG: "The request's headers are too big. Delete this site's cookies and try again.\n",
    TOO_SLOW: "The request took too long to arrive. Try again.\n",
}


class HeadersTooBig(Exception):
    """Stops the parser."""


class GuardedProtocol(HttpToolsProtocol):
    """Refuses nonsense (400), 32 KiB of headers (431) and whatever takes ten seconds to arrive (408).

    An address that draws many of these answers is held like any other key. Who does not read is cut."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        _give_up_on_silence(transport.get_extra_info("socket"))
        self._refused = self._parked = False
        self._address = f"address:{address_of({'client': self.client, 'headers': []})}"
        self._head_bytes: int | None = 0  # of the request line and headers arriving now; None: not in a head
        self._idle_bytes = 0  # behind a head, since the last of a body: trailers, extensions of chunks
        self._deadline: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        # What waits outside of the transport, and whether it has an answer that is no stream: those have their own bounds.
        self._later, self._now, self._is_ordinary = 0, 0, False
        if self._is_from_outside() and parking().overflows(self._address):
            gauges.count("held_unread")
            self._cut()  # one is let in for each of its others that is closed
        else:
            self._await_arrival("header_seconds")

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._deadline is None and self._is_idle():
            self._await_arrival("header_seconds")  # also before a byte that the parser skips
        if self._head_bytes is None:
            self._idle_bytes += len(data)
        else:
            self._head_bytes += len(data)
        self._unset_keepalive_if_required()
        self._parse(data)
        if max(self._head_bytes or 0, self._idle_bytes) > conf.limit("header_bytes"):
            self._too_much()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {CLOSE: self._cut, KEEPS: self._keeps}  # type: ignore[dict-item]  # ASGI lets a server add keys
        self._await_arrival("header_seconds")
        self._parsed_bytes = self._idle_bytes = 0
        if self._head_bytes is None:
            self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._head_bytes is not None:  # a trailer is dropped: a proxy has not looked at it
            super().on_header(name, value)
        self._count(len(name) + len(value) + 4)

    def on_headers_complete(self) -> None:
        self._head_bytes = None
        self._await_arrival("body_seconds")
        super().on_headers_complete()
        if paths.is_raw(self.scope):
            _keep_little(self.transport.get_extra_info("socket"))
            self._is_ordinary = False
        # Of this request: by the time it is asked for, the connection may have another one that was sent ahead.
        self.scope["extensions"][PARK] = partial(self._park, self.cycle)  # type: ignore[assignment]  # the same

    def on_body(self, body: bytes) -> None:
        self._idle_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._calm()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._calm()
        self._stop_watching_reader()
        super().connection_lost(exc)
        unread().leave(self)

    def shutdown(self) -> None:
        if self._parked:
            self._cut()
        else:
            super().shutdown()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader()
        if self._is_ordinary:
            unread().wait(self, self._unread_bytes, self._cut)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_watching_reader()
        self._now = 0  # the transport gets it with the next turn
        unread().leave(self)

    def _parse(self, data: bytes) -> None:
        """As uvicorn does, which writes a line into its log for each."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self._refuse(NONSENSE)
        except httptools.HttpParserUpgrade:
            pass  # an offer, which a server may leave alone: the request is answered as it is

    def _is_from_outside(self) -> bool:
        """Whether the peer's address is a client's; a proxy's is everybody's."""
        return self.client is not None and not settings.TRUSTED_PROXIES

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _count(self, size: int) -> None:
        self._parsed_bytes += size
        if self._parsed_bytes > conf.limit("header_bytes"):
            self._refuse(TOO_BIG)
            raise HeadersTooBig

    def _await_arrival(self, limit: str) -> None:
        self._calm()
        self._deadline = self.loop.call_later(conf.number(limit), self._too_late)

    def _calm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        if not self._head_bytes and self._is_idle():
            self._cut()  # not a byte of a request: a browser's spare connection gets no answer to a question
        else:
            self._refuse(TOO_SLOW)

    def _too_much(self) -> None:
        """The parser gets no more: with each piece of a header it copies all of it that it has."""
        if self._head_bytes is None and self._is_idle():
            self._cut()  # it has its answer
        else:
            self._refuse(TOO_BIG)

    def _refuse(self, status: str) -> None:
        """Answer, unless another answer is under way, and close once the client had time to read it."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        self._calm()
        gauges.count(f"refused_http_{status[:3]}")
        answering = self._stop_answering()
        if admission.hold().refused(f"http|{self._address}"):
            self._hold(status, answering=answering)
        elif answering:
            self._cut()
        else:
            self._answer(status)

    def _stop_answering(self) -> bool:
        """Whether another answer had begun, or others wait behind it."""
        if self._is_idle():
            return False
        self.cycle.disconnected = True  # whoever waits for the body is told that nobody is there
        self.cycle.message_event.set()
        return bool(self.cycle.response_started or self.pipeline)

    def _answer(self, status: str) -> None:
        self.transport.write(ANSWERS[status])
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _hold(self, status: str, *, answering: bool) -> None:
        """Of an address that is held: left unread, answered and closed in its turn."""
        gauges.count("held")
        self._parked = True
        self.flow.pause_reading()
        if not parking().park(self._address, self._cut if answering else partial(self._answer_last, status)):
            gauges.count("held_cut")
            self._cut()

    def _answer_last(self, status: str) -> None:
        told = {"limit": "http", "who": self._address}
        incidents.record("rate-limit", told, every=incidents.ONGOING_SECONDS)
        if not self.transport.is_closing():
            self.transport.write(ANSWERS[status])
            self.transport.close()

    def _keeps(self, now: int, later: int) -> None:
        self._later, self._now, self._is_ordinary = later, now if self.flow.write_paused else 0, True
        if self.flow.write_paused:
            unread().wait(self, self._unread_bytes, self._cut)

    def _unread_bytes(self) -> int:
        return self._later + self._now + self.transport.get_write_buffer_size()

    def _watch_reader(self) -> None:
        self._stop_watching_reader()
        left = self.transport.get_write_buffer_size()
        self._reading = self.loop.call_later(conf.number("write_seconds"), self._check_reader, left)

    def _check_reader(self, left_before: int) -> None:
        if left_before - self.transport.get_write_buffer_size() < conf.limit("write_bytes"):
            self._cut()
        else:
            self._watch_reader()

    def _stop_watching_reader(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _park(self, cycle: RequestResponseCycle) -> None:
        """Forget the request without an answer and read no more; whoever asks for this cuts it later."""
        self._refused = self._parked = cycle.disconnected = True
        self._calm()
        if not self.transport.is_closing():
            self.flow.pause_reading()

    def _cut(self) -> None:
        self._refused = True
        self._calm()
        self.transport.abort()


def _give_up_on_silence(sock: Any) -> None:
    option = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux; elsewhere the system's own patience counts
    if option is not None and sock is not None and sock.family in {socket.AF_INET, socket.AF_INET6}:
        sock.setsockopt(socket.IPPROTO_TCP, option, UNANSWERED_MS)


def _keep_little(sock: Any) -> None:
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, STREAM_SEND_BYTES)


def _rendered(status: str) -> bytes:
    body = SENTENCES[status]
    head = (
        f"content-type: text/plain; charset=utf-8\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return f"HTTP/1.1 {status}\r\n{head}{body}".encode()


ANSWERS = {status: _rendered(status) for status in SENTENCES}
