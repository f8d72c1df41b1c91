"""One channel in one process: announcements come in by any way, frames go out once each and in order."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from django_eventstream.views import Listener, get_listener_manager

from collaboration.changes import Recorded, change_json
from collaboration.conf import (
    COALESCE_FROM,
    COALESCE_MOST,
    REACH_SECONDS,
    REPLAY_EVENTS,
    RING_BYTES,
    RING_FRAMES,
)
from collaboration.jobs import in_thread
from collaboration.models import Channel, CollaborationEvent
from collaboration.rendering import Frame, frame
from safeguards.resources import gauges

logger = logging.getLogger(__name__)


class Pump(Listener):  # type: ignore[misc]  # the library is untyped
    """A listener of django-eventstream for one channel; `streams` get its frames."""

    overflow: bool

    def __init__(self, channel: str, epoch: str, head: int, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.channel, self.epoch, self.head, self.loop = channel, epoch, head, loop
        self.channels = {channel}
        self.streams: set[Any] = set()
        self.ring: deque[Frame] = deque()
        self.ring_bytes = 0
        self.acted: Callable[[set[str]], None] = lambda people: None  # who wrote what goes out now
        self._told: dict[int, Recorded] = {}
        self._behind = False
        self._work: asyncio.Task[None] | None = None
        self._filling: asyncio.Task[list[Frame]] | None = None
        # Of who waits for a filling: after which event, and whether with html.
        self._wishes: list[tuple[int, bool]] = []
        self._moved = asyncio.Event()
        self._arrivals: deque[float] = deque(maxlen=COALESCE_FROM)
        get_listener_manager().add_listener(self)

    def wake_threadsafe(self) -> None:
        self.loop.call_soon_threadsafe(self._woken)

    def close(self) -> None:
        get_listener_manager().remove_listener(self)

    def hinted(self, seq: int) -> None:
        """Another process says the log has reached `seq`."""
        if seq > self.head:
            self._behind = True
            self._start()

    async def reached(self, seq: int) -> None:
        """When `seq` has gone out, or the log ends before it. On a busy board there is always something outstanding, so
        nobody waits for the end of all of it, nor longer than REACH_SECONDS: what they ask for may not exist."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REACH_SECONDS):
                while self.head < seq and self._work is not None:
                    await self._moved.wait()

    def _tell_moved(self) -> None:
        self._moved.set()  # wakes whoever waits now
        self._moved.clear()

    def _woken(self) -> None:
        with get_listener_manager().lock:
            events = self.channel_items.pop(self.channel, [])
            self._behind = self._behind or bool(self.overflow)
            self.overflow = False
        for event in events:
            if event.id > self.head:
                self._told[event.id] = event.data
        if self._told or self._behind:
            self._start()

    def _start(self) -> None:
        if self._work is None:
            self._work = self.loop.create_task(self._deliver())

    async def _deliver(self) -> None:
        try:
            while self._outstanding():
                await self._gather()
                changes = self._contiguous() or await self._missing()
                if changes:
                    await self._send(changes)
        except Exception:
            logger.exception("The pump of %s stopped; the sweep starts it again.", self.channel)
        finally:
            self._work = None
            self._tell_moved()

    async def _gather(self) -> None:
        """Nothing when calm; up to 50 ms as the rate rises, so that many events become one write."""
        now = self.loop.time()
        self._arrivals.append(now)
        full = len(self._arrivals) == self._arrivals.maxlen
        span = now - self._arrivals[0]
        if full and span < 1:
            await asyncio.sleep(COALESCE_MOST * (1 - span))

    def _outstanding(self) -> bool:
        for seq in [seq for seq in self._told if seq <= self.head]:
            del self._told[seq]
        return bool(self._told) or self._behind

    def _contiguous(self) -> list[Recorded]:
        changes: list[Recorded] = []
        while (change := self._told.pop(self.head + 1 + len(changes), None)) is not None:
            changes.append(change)
        return changes

    async def _missing(self) -> list[Recorded]:
        """What was lost on the way, read once for all streams."""
        self._behind = False
        changes = await in_thread(_after, self.channel, self.head, "log_reads")
        if len(changes) == REPLAY_EVENTS:
            self._behind = True
        if not changes and self._told and min(self._told) > self.head + 1:
            logger.error("%s lost events after %s", self.channel, self.head)
            self._told.clear()
        return changes

    async def _send(self, changes: list[Recorded]) -> None:
        html = any(stream.html for stream in self.streams)
        frames = await in_thread(_frames, changes, html) if html else _frames(changes, html)
        self.head = frames[-1].seq
        for made in frames:
            self._remember(made)
        self.share(frames)
        self._tell_moved()
        self.acted({change.actor for change in changes})
        gauges.count("events", len(frames))
        gauges.count("deliveries", len(frames) * len(self.streams))
        gauges.peak("fan_out", len(self.streams))

    def share(self, frames: list[Frame]) -> None:
        rich = b"".join(made.html or made.plain for made in frames)
        plain = b"".join(made.plain for made in frames)
        for stream in list(self.streams):
            stream.take(frames, rich, plain)

    def _remember(self, made: Frame) -> None:
        self.ring.append(made)
        self.ring_bytes += len(made.plain) + len(made.html)
        while len(self.ring) > RING_FRAMES or self.ring_bytes > RING_BYTES:
            old = self.ring.popleft()
            self.ring_bytes -= len(old.plain) + len(old.html)

    async def refilled(self, since: int, *, html: bool) -> list[Frame] | None:
        """As `kept`, read from the log where memory does not reach back: once for all who come back together."""
        wish = since, html
        self._wishes.append(wish)
        try:
            for _try in range(2):  # whoever came while a reading was under way may need the one after it
                if (frames := self.kept(since, html=html)) is not None:
                    return frames
                if self._filling is None:
                    self._filling = self.loop.create_task(self._fill())
                filled = await asyncio.shield(self._filling)
                if (frames := self._continued(filled, since, html)) is not None:
                    return frames
            return None
        finally:
            self._wishes.remove(wish)

    async def _fill(self) -> list[Frame]:
        """What those who wait now have missed. Memory takes of it what it holds; they get all of it."""
        try:
            epoch = self.epoch
            since = max(
                min((since for since, _html in self._wishes), default=self.head), self.head - REPLAY_EVENTS
            )
            html = any(html for _since, html in self._wishes)
            changes = await in_thread(_after, self.channel, since, "replay_reads")
            frames = await in_thread(_frames, [change for change in changes if change.seq <= self.head], html)
            if not frames or frames[0].seq != since + 1 or epoch != self.epoch:
                return []  # the log was trimmed, or is another one now: only a snapshot helps
            filled = [*frames, *(made for made in self.ring if made.seq > frames[-1].seq)]
            self.forget()
            for made in filled:
                self._remember(made)
            return filled
        finally:
            self._filling = None

    def _continued(self, filled: list[Frame], since: int, html: bool) -> list[Frame] | None:
        """`filled` after `since`, up to now. None with a gap: who joins gets only what comes from now on."""
        frames = [made for made in filled if made.seq > since]
        last = frames[-1].seq if frames else since
        frames += [made for made in self.ring if made.seq > last]
        whole = len(frames) == self.head - since
        return frames if whole and not (html and not all(made.html for made in frames)) else None

    def forget(self) -> None:
        self.ring.clear()
        self.ring_bytes = 0

    def kept(self, since: int, *, html: bool) -> list[Frame] | None:
        """The frames after `since` from memory; None when memory does not reach back that far."""
        return self._continued([], since, html)


def _after(channel: str, seq: int, gauge: str) -> list[Recorded]:
    """One reading of the log, counted as `gauge`."""
    gauges.count(gauge)
    row = Channel.objects.get(name=channel)
    changes = []
    for event in CollaborationEvent.objects.filter(channel=row, seq__gt=seq).order_by("seq")[:REPLAY_EVENTS]:
        event.channel = row
        changes.append(change_json(event))
    return changes


def _frames(changes: list[Recorded], html: bool) -> list[Frame]:
    return [frame(change, html=html) for change in changes]
