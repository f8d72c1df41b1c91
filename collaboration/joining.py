"""Joining without a window: what the reader has missed, from memory or from the log, then everything at once."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django_eventstream.eventrequest import EventRequest
from django_eventstream.eventstream import get_events

from collaboration.changes import Recorded
from collaboration.conf import REPLAY_EVENTS
from collaboration.jobs import in_thread
from collaboration.pump import Pump
from collaboration.rendering import Frame, frame
from collaboration.sse import HEARTBEAT, parse_id
from collaboration.stream import Stream, Ticket


async def join(stream: Stream, pump: Pump) -> None:
    ticket = stream.ticket
    # The reader may know of a commit whose announcement is still on its way to this process.
    wanted = parse_id(ticket.since) if ticket.since else None
    if wanted is not None and wanted[0] == pump.epoch and wanted[1] > pump.head:
        pump.hinted(wanted[1])
        await pump.reached(wanted[1])
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
    kept = await pump.refilled(last, html=ticket.rich)
    return (
        (kept, "")
        if kept is not None
        else await in_thread(replay, ticket.channel, ticket.user, last, ticket.rich)
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
