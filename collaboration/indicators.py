"""Presence and pulses of every channel of this process: what the hub calls, and the pulses that arrive."""

import asyncio
from typing import Any

from django.conf import settings

from collaboration import bus
from collaboration.authority import Standing
from collaboration.gathering import Gathering
from collaboration.pulse import Pulse


class Indicators:
    """Lives with the hub. A channel's gathering lasts as long as somebody is there."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._gatherings: dict[str, Gathering] = {}

    def join(self, stream: Any) -> None:
        self._of(stream.ticket.channel).join(stream)

    def leave(self, stream: Any) -> None:
        if gathering := self._gatherings.get(stream.ticket.channel):
            gathering.leave(stream)

    def acted(self, channel: str, people: set[str]) -> None:
        if gathering := self._gatherings.get(channel):
            gathering.acted(people)

    def pulse(self, ticket: Any, standing: Standing, pulse: Pulse) -> None:
        self._of(ticket.channel).pulse(ticket, standing, pulse)

    def find(self, channel: str, credential: str, browser: str) -> Any:
        """An open stream of the same sign-in, browser and channel; None when this process has none."""
        gathering = self._gatherings.get(channel)
        stream = gathering.find(credential, browser) if gathering else None
        return stream if stream is not None and not stream.said_goodbye else None

    def heard(self, message: dict[str, Any]) -> None:
        if gathering := self._gatherings.get(message["channel"]):
            gathering.heard(message)

    def keep(self) -> None:
        for channel, gathering in list(self._gatherings.items()):
            if not gathering.keep():
                gathering.close()
                del self._gatherings[channel]

    def close(self) -> None:
        for gathering in self._gatherings.values():
            gathering.close()
        self._gatherings.clear()

    def _of(self, channel: str) -> Gathering:
        if channel not in self._gatherings:
            proxied = settings.TRUSTED_PROXIES > 0
            self._gatherings[channel] = Gathering(channel, self.loop, proxied=proxied)
            bus.share("who", channel)
        return self._gatherings[channel]
