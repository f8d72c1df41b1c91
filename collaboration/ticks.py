"""The pulses of one channel on their way out: one frame per tick, encoded once for all who get the same."""

import asyncio
from typing import Any

from collaboration import bus
from collaboration.pulse import Merge
from collaboration.shedding import pace
from collaboration.sse import encode_json
from safeguards.resources import gauges

PERSONAL = frozenset({"typing", "focus", "editing"})  # come with presence; cursors have a flag of their own
Doing = dict[str, Any]  # kind -> value


class Ticks:
    """A timer runs only while there is something to send. `streams` is shared with who knows them."""

    def __init__(self, channel: str, loop: asyncio.AbstractEventLoop, streams: set[Any]) -> None:
        self.channel, self.loop, self.streams = channel, loop, streams
        self._merge, self._ours = Merge(loop.time), Merge(loop.time)
        self._timer: asyncio.TimerHandle | None = None

    def put(self, person: str, doing: Doing, *, ours: bool) -> None:
        """`ours`: it came to this process, so the others have to hear of it."""
        taken = {kind: value for kind, value in doing.items() if pace.takes(kind)}
        for kind, value in taken.items():
            self._merge.put(person, kind, value)
            if ours:
                self._ours.put(person, kind, value)
        if taken and self._timer is None:
            self._timer = self.loop.call_later(self._merge.wait(pace.tick), self._send)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _send(self) -> None:
        self._timer = None
        if ours := self._ours.take():
            bus.share("pulses", self.channel, people=ours)
        people = self._merge.take()
        frames: dict[tuple[bool, bool], bytes] = {}
        for stream in self.streams:
            gets = (stream.standing.presence, stream.standing.cursors)
            if gets not in frames:
                frames[gets] = _frame(people, *gets)
            if frames[gets] and stream.feel(frames[gets]):
                gauges.count("pulse_frames")


def _frame(people: dict[str, Doing], presence: bool, cursors: bool) -> bytes:
    """Empty when there is nothing for those who get this much."""
    pulses = []
    for person, doing in people.items():
        kept = {
            kind: value
            for kind, value in doing.items()
            if pace.takes(kind) and (presence if kind in PERSONAL else cursors)
        }
        if kept:
            pulses.append({"id": person, **kept})
    return encode_json("pulse", {"pulses": pulses}) if pulses else b""
