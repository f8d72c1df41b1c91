"""The people of one channel in one process: who is here, and what they do, told to every stream that may know."""

import asyncio
from typing import Any

from collaboration import bus
from collaboration.authority import Standing, authority
from collaboration.conf import INDICATORS_SECONDS, PEER_REFRESH_SECONDS
from collaboration.presence import Presence, Row
from collaboration.pulse import Pulse
from collaboration.shedding import pace
from collaboration.sse import encode_json
from collaboration.ticks import PERSONAL, Doing, Ticks
from safeguards.resources import gauges


class Gathering:
    """Frames are encoded once and shared. A stream that lags misses pulses and is owed the roster."""

    def __init__(self, channel: str, loop: asyncio.AbstractEventLoop, *, proxied: bool) -> None:
        self.channel, self.loop = channel, loop
        self.presence = Presence(loop.time, proxied=proxied)
        self.streams: set[Any] = set()
        self._ticks = Ticks(channel, loop, self.streams)
        self._by_sign_in: dict[tuple[str, str], Any] = {}
        self._told: tuple[list[Row], int] = ([], 0)
        self._owed: set[Any] = set()
        self._told_at = self._shared_at = loop.time() - PEER_REFRESH_SECONDS
        self._shared: list[Any] = []
        self._telling: asyncio.TimerHandle | None = None

    def join(self, stream: Any) -> None:
        self.streams.add(stream)
        self._stand(stream, authority.standing(stream.ticket))
        self._by_sign_in[_sign_in(stream)] = stream
        if stream.standing.presence:  # a page that was just opened does not wait
            self._give({stream}, _frame(*self.presence.roster(detail=pace.detail)))
        self.changed()

    def leave(self, stream: Any) -> None:
        self.streams.discard(stream)
        self._owed.discard(stream)
        if self._by_sign_in.get(_sign_in(stream)) is stream:
            del self._by_sign_in[_sign_in(stream)]
        self.presence.leave(stream.ticket.person, stream)

    def find(self, credential: str, browser: str) -> Any:
        """The open stream of this sign-in and browser; None when it is elsewhere."""
        return self._by_sign_in.get((credential, browser))

    def acted(self, people: set[str]) -> None:
        for person in people:
            self.presence.beat(person)

    def pulse(self, ticket: Any, standing: Standing, pulse: Pulse) -> None:
        """What somebody does; nothing of it goes out when they have not the feature, or do not want to be seen."""
        allowed = standing.presence if pulse.kind in PERSONAL else standing.cursors
        if not standing.shown or not allowed:
            return
        gauges.count("pulses")
        if standing.presence:
            self.presence.beat(ticket.person, ticket.display)
            self._place(ticket.person, {pulse.kind: pulse.value})
        self._ticks.put(ticket.person, {pulse.kind: pulse.value}, ours=True)

    def heard(self, message: dict[str, Any]) -> None:
        """What another process says about its people."""
        if message["type"] == "roster":
            self.presence.hear(message["origin"], message["people"])
            self.changed()
        elif message["type"] == "pulses":
            for person, doing in message["people"].items():
                self.presence.beat(person)
                self._place(person, doing)
                self._ticks.put(person, doing, ours=False)
        elif message["type"] == "who":
            self._share(self.presence.local())

    def keep(self) -> bool:
        """Once a second; whether anybody is left."""
        for stream in self.streams:
            self._stand(stream, authority.standing(stream.ticket))
        self.changed()
        if self.loop.time() - self._shared_at >= PEER_REFRESH_SECONDS:
            self._share(self.presence.local())
        return bool(self.streams) or not self.presence.is_empty()

    def close(self) -> None:
        self._ticks.close()
        if self._telling is not None:
            self._telling.cancel()

    def changed(self) -> None:
        """Look soon whether who is here is news; told at most once a second."""
        if self._telling is None:
            wait = max(0.0, self._told_at + INDICATORS_SECONDS - self.loop.time())
            self._telling = self.loop.call_later(wait, self._tell)

    def _tell(self) -> None:
        self._telling = None
        local = self.presence.local()
        if _lasting(local) != self._shared:
            self._share(local)
        roster = self.presence.roster(detail=pace.detail)
        if roster != self._told:
            self._told, self._told_at = roster, self.loop.time()
            self._owed = {stream for stream in self.streams if stream.standing.presence}
        if self._owed:
            self._give(set(self._owed), _frame(*roster))

    def _give(self, streams: set[Any], frame: bytes) -> None:
        for stream in streams:
            if stream.feel(frame):
                self._owed.discard(stream)

    def _stand(self, stream: Any, standing: Standing) -> None:
        """Flags, roles and wishes change while a stream is open."""
        before, stream.standing = stream.standing, standing
        ticket, was_here = stream.ticket, before.presence and before.shown
        is_here = standing.presence and standing.shown
        if is_here and not was_here:
            self.presence.join(ticket.person, ticket.display, stream)
        elif was_here and not is_here:
            self.presence.leave(ticket.person, stream, at_once=True)
        if standing.presence and not before.presence:
            self._owed.add(stream)
        elif before.presence and not standing.presence:
            self._owed.discard(stream)
            stream.feel(_frame([], 0))  # the page takes its indicators away

    def _place(self, person: str, doing: Doing) -> None:
        if "focus" in doing:
            self.presence.look(person, doing["focus"] or "")
        if "editing" in doing:
            self.presence.edit(person, doing["editing"] or "")

    def _share(self, people: list[Row]) -> None:
        self._shared_at, self._shared = self.loop.time(), _lasting(people)
        bus.share("roster", self.channel, people=people)


def _frame(roster: list[Row], more: int) -> bytes:
    return encode_json("presence", {"people": roster, "more": more})


def _sign_in(stream: Any) -> tuple[str, str]:
    return stream.ticket.credential, stream.ticket.browser


def _lasting(people: list[Row]) -> list[Any]:
    """Without what changes by itself."""
    return [{name: value for name, value in row.items() if name != "quiet"} for row in people]
