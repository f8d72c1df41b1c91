"""One open stream: join without a window, replay, live, and a last word."""

import asyncio
import logging
import random
import time
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django_eventstream.eventrequest import EventRequest
from django_eventstream.eventstream import get_events

from collaboration.authority import NOTHING
from collaboration.changes import Recorded
from collaboration.conf import (
    DEPLOY_SPREAD_MS,
    DRAIN_SECONDS,
    HEAD_SECONDS,
    HEARTBEAT_SECONDS,
    REPLAY_EVENTS,
    WRITE_SECONDS,
)
from collaboration.hub import current_hub, hub
from collaboration.jobs import in_thread
from collaboration.mailbox import Mailbox
from collaboration.pump import Pump
from collaboration.rendering import Frame, frame
from collaboration.sse import HEARTBEAT, encode_json, parse_id

logger = logging.getLogger(__name__)
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
STOP = frozenset({"killed", "flag_off", "revoked", "replaced"})  # until a person acts


@dataclass(frozen=True, slots=True, eq=False)
class Ticket:
    """Who reads what. `credential` and `person` are opaque here. `since`: the raw id, empty for live from head.

    `display`: how others see this person, as texts; `shown`: whether they do, when the ticket is made."""

    channel: str
    person: str
    user: Any
    credential: str
    browser: str
    feature: str
    html: bool
    since: str
    display: dict[str, str] = field(default_factory=dict)
    shown: bool = False


class Stream:
    def __init__(self, ticket: Ticket, send: Any) -> None:
        loop = asyncio.get_running_loop()
        self.ticket, self.html = ticket, ticket.html
        self.mailbox = Mailbox(send, loop)
        self.said_goodbye = False
        self.standing = NOTHING
        self._early: list[Frame] | None = []  # while joining
        self._beat_at = self._head_at = time.monotonic()
        self.pump: Pump | None = None

    def take(self, frames: list[Frame], rich: bytes, plain: bytes) -> None:
        if self._early is not None:
            self._early.extend(frames)
        else:
            self.mailbox.offer(rich if self.html else plain, len(frames))

    def feel(self, frame: bytes) -> bool:
        """An indicator; whether it went out. One that would have to wait is old before it arrives."""
        if not self.mailbox.is_free:
            return False
        self.mailbox.offer(frame)
        return True

    def write(self, frames: list[Frame]) -> None:
        if frames:
            self.mailbox.offer(
                b"".join((self.html and made.html) or made.plain for made in frames), len(frames)
            )

    def joined(self, last: int) -> None:
        """Replayed up to `last`; what came meanwhile follows, and from now on everything at once."""
        early, self._early = self._early or [], None
        self.write([made for made in early if made.seq > last])

    def reset(self, head: int, reason: str) -> None:
        self.mailbox.offer(encode_json("reset", {"head": head, "reason": reason}))

    def beat(self, now: float) -> None:
        stuck = self.mailbox.stuck_since
        if stuck is not None and asyncio.get_running_loop().time() - stuck > WRITE_SECONDS:
            self.mailbox.cut()
        if now - self._head_at >= HEAD_SECONDS and self.pump is not None:
            self._head_at = self._beat_at = now
            self.mailbox.offer(encode_json("head", {"seq": self.pump.head}))
        elif now - self._beat_at >= HEARTBEAT_SECONDS:
            self._beat_at = now
            self.mailbox.offer(HEARTBEAT)

    def bye(self, reason: str, retry_after: float | None, retry_ms: int | None = None) -> None:
        if self.said_goodbye:
            return
        self.said_goodbye = True
        delay = (
            retry_ms if retry_ms is not None else int((retry_after or 1.0) * 1000 + random.uniform(0, 5000))
        )
        self.mailbox.offer(
            encode_json("bye", {"reason": reason, "retry_ms": None if reason in STOP else delay})
        )
        self.mailbox.end()


async def serve(ticket: Ticket, receive: Any, send: Any) -> None:
    """Answer one request with a stream until its reader leaves or is told goodbye. Never raises."""
    here = hub()
    stream = Stream(ticket, send)
    pump: Pump | None = None
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        pump = stream.pump = await here.pump(ticket.channel)
        _replace(here, ticket)
        here.add(stream, pump)
        await _join(stream, pump)
        await _until_over(stream, receive)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    except asyncio.CancelledError:
        raise
    except Exception:
        logger.exception("A stream of %s broke", ticket.channel)
    finally:
        stream.mailbox.cut()
        if pump is not None:
            here.remove(stream, pump)


def open_streams() -> list[Ticket]:
    here = current_hub()
    return [stream.ticket for stream in here.streams if not stream.said_goodbye] if here is not None else []


async def drain(reason: str = "deploy") -> None:
    """Goodbye to every stream, each with its own delay; returns when all are gone, or after 0.6 s."""
    here = current_hub()
    if here is None:
        return
    here.draining = True
    streams = list(here.streams)
    for stream in streams:
        stream.bye(reason, None, retry_ms=int(random.uniform(500, 500 + DEPLOY_SPREAD_MS)))
    ends = [asyncio.ensure_future(stream.mailbox.ended.wait()) for stream in streams]
    if ends:
        _done, late = await asyncio.wait(ends, timeout=DRAIN_SECONDS)
        for end in late:
            end.cancel()
    await here.close()


def _replace(here: Any, ticket: Ticket) -> None:
    """One stream per person, browser and board: a newer one replaces the older."""
    if not ticket.browser:
        return
    same = (ticket.person, ticket.browser, ticket.channel)
    for other in list(here.streams):
        if (other.ticket.person, other.ticket.browser, other.ticket.channel) == same:
            other.bye("replaced", None)


async def _join(stream: Stream, pump: Pump) -> None:
    ticket = stream.ticket
    # The reader may know of a commit whose announcement is still on its way to this process.
    wanted = parse_id(ticket.since) if ticket.since else None
    if wanted is not None and wanted[0] == pump.epoch and wanted[1] > pump.head:
        pump.hinted(wanted[1])
        await pump.settled()
    to = pump.head
    stream.mailbox.offer(HEARTBEAT)
    if not ticket.since:
        stream.joined(to)
        return
    frames, reason = await _replay(ticket, pump, to)
    if reason:
        stream.reset(to, reason)
        stream.joined(to)
        return
    stream.write(frames)
    stream.joined(max(frames[-1].seq if frames else 0, wanted[1] if wanted else to))


async def _replay(ticket: Ticket, pump: Pump, to: int) -> tuple[list[Frame], str]:
    """Frames from the reader's id up to now, or the reason why only a snapshot helps."""
    wanted = parse_id(ticket.since)
    if wanted is None:
        return [], "unknown id"
    epoch, last = wanted
    if epoch != pump.epoch:
        return [], "epoch"
    if last > to:
        return [], "ahead"
    if to - last > REPLAY_EVENTS:
        return [], "too far behind"
    kept = pump.kept(last, html=ticket.html)
    return (
        (kept, "")
        if kept is not None
        else await in_thread(replay, ticket.channel, ticket.user, last, ticket.html)
    )


def replay(channel: str, user: Any, last: int, html: bool) -> tuple[list[Frame], str]:
    """Permission, backlog and reset in one call of the library, through our channel manager and log."""
    request = EventRequest()
    request.is_next = False
    request.channels = {channel}
    request.channel_last_ids = {channel: str(last)}
    response = get_events(request, limit=REPLAY_EVENTS, user=user or AnonymousUser())
    if channel in response.channel_reset:
        return [], "trimmed"
    changes: list[Recorded] = [event.data for event in response.channel_items[channel]]
    return [frame(change, html=html) for change in changes], ""


async def _until_over(stream: Stream, receive: Any) -> None:
    left = asyncio.ensure_future(_disconnected(receive))
    ended = asyncio.ensure_future(stream.mailbox.ended.wait())
    try:
        await asyncio.wait([left, ended], return_when=asyncio.FIRST_COMPLETED)
    finally:
        left.cancel()
        ended.cancel()


async def _disconnected(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
