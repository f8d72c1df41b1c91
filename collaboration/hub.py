"""The pumps of this process, and the ticks that keep every stream honest."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from collaboration import bus
from collaboration.announcing import Announcing
from collaboration.authority import authority
from collaboration.conf import AUTHORITY_SECONDS, SWEEP_GRACE_SECONDS, TICK_SECONDS
from collaboration.indicators import Indicators
from collaboration.jobs import in_thread
from collaboration.losses import Losses
from collaboration.models import Channel
from collaboration.pump import Pump
from collaboration.replacements import Place, Replacements
from collaboration.replacing import replace
from collaboration.sse import encode_json
from safeguards import admission, conf, flags, groups, pressure
from safeguards.causes import causes
from safeguards.identity import browser_key
from safeguards.resources import gauges
from safeguards.resources.sampler import sampler
from safeguards.rollout import contracts, offs

logger = logging.getLogger(__name__)
Step = Callable[[], Awaitable[None]]
LOOKS = 4  # a second
BROWSERS_SECONDS = 5.0  # between two tellings of whose streams are open here
FEW = 5  # streams, of which one reconnect more or less says nothing


class Hub:
    """Lives in one event loop; `streams` is every open stream of the process."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.pumps: dict[str, Pump] = {}
        self.streams: set[Any] = set()
        self.indicators = Indicators(loop)
        self._opening: dict[str, asyncio.Task[Pump]] = {}
        self._checked_at = loop.time()
        self._check_now = False
        self._losses = Losses(self.loop.time)
        self.replacements = Replacements(self.loop.time)
        self._announcing = Announcing()
        self._browsers_at = 0.0
        self._stance = admission.stance()
        # What a kill switch needs never waits behind a database that hangs.
        ticking = (self._tick(self._wait, self._keep), self._tick(self._second, self._sweep, self._check))
        self._tasks = [loop.create_task(task) for task in (*ticking, bus.listen(self._heard))]
        sampler.watch(loop)

    async def pump(self, channel: str) -> Pump:
        """The one that runs, to be joined with `add` before anything is awaited: the last of its streams to leave closes
        it, also one that came and went while it was being opened."""
        while channel not in self.pumps:
            if channel not in self._opening:
                self._opening[channel] = self.loop.create_task(self._open(channel))
            await asyncio.shield(self._opening[channel])
        return self.pumps[channel]

    async def _open(self, channel: str) -> Pump:
        try:
            row = await in_thread(lambda: Channel.objects.get(name=channel))
            pump = self.pumps[channel] = Pump(channel, row.epoch, row.seq, self.loop)
            pump.acted = partial(self.indicators.acted, channel)
            # Something may have been recorded between the read and the listener's start.
            row = await in_thread(lambda: Channel.objects.get(name=channel))
            pump.hinted(row.seq)
            return pump
        finally:
            self._opening.pop(channel, None)

    def add(self, stream: Any, pump: Pump) -> None:
        self.streams.add(stream)
        gauges.report("streams", len(self.streams))
        pump.streams.add(stream)
        causes.opened(stream.ticket.browser)
        self._tell_began(stream)
        if stream.ticket.again:
            self._losses.add(f"{_key(stream)}|{stream.ticket.browser}")
        if pressure.level():
            stream.mailbox.offer(encode_json("notice", pressure.notice()))
        self.indicators.join(stream)

    def remove(self, stream: Any, pump: Pump) -> None:
        if stream in self.streams:
            causes.closed(stream.ticket.browser)
            if stream.goodbye == "flag_off":
                offs.ended(stream.ticket.feature, stream.ticket.user.pk)
        self.streams.discard(stream)
        gauges.report("streams", len(self.streams))
        if not self.streams:
            gauges.report("streams_ended_at", time.time())
        pump.streams.discard(stream)
        self.indicators.leave(stream)
        if not pump.streams and self.pumps.get(pump.channel) is pump:
            pump.close()
            del self.pumps[pump.channel]

    def notify(self, key: str, browser: str, said: dict[str, Any]) -> None:
        """A notice for the streams of one browser of one person, in whatever process they are."""
        self._notify(key, browser_key(browser), said)
        bus.share("notice", "", key=key, browser=browser_key(browser), said=said)

    def _notify(self, key: str, browser: str, said: dict[str, Any]) -> None:
        frame = encode_json("notice", said)
        for stream in self.streams:
            if (stream.ticket.key, browser_key(stream.ticket.browser)) == (key, browser):
                stream.mailbox.offer(frame)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for pump in self.pumps.values():
            pump.close()
        self.pumps.clear()
        self.indicators.close()

    def _heard(self, message: dict[str, Any]) -> None:
        if message["type"] == "nudge":
            self._check_now = True
        elif message["type"] == "notice":
            self._notify(message["key"], message["browser"], message["said"])
        elif message["type"] == "browsers":
            causes.opened_elsewhere(message["browsers"])
        elif message["type"] == "began":
            causes.began_elsewhere(message["browsers"])
            replace(self, Place(*message["place"]), message["at"], again=message["again"])
        elif message["type"] != "hint":
            self.indicators.heard(message)
        elif (pump := self.pumps.get(message["channel"])) is not None:
            pump.hinted(message["seq"])

    async def _tick(self, wait: Step, *steps: Step) -> None:
        while True:
            await wait()
            for step in steps:
                try:
                    await step()
                except Exception:
                    logger.exception("A tick failed; the next one is due in a second.")

    async def _second(self) -> None:
        await asyncio.sleep(TICK_SECONDS)

    async def _wait(self) -> None:
        """A second, or until what streams are allowed has changed for many."""
        for _look in range(LOOKS):
            await asyncio.sleep(TICK_SECONDS / LOOKS)
            if admission.stance() != self._stance:
                return

    async def _keep(self) -> None:
        self._stance = (
            admission.stance()
        )  # first: what changes while streams are asked about counts at the next look
        now = time.monotonic()
        self._report()
        self._tell_browsers(now)
        self._announcing.tell(self.streams, now)
        gauges.report("mailbox_depth", max((stream.mailbox.depth for stream in self.streams), default=0))
        for stream in list(self.streams):
            decision = authority.keep(stream.ticket)
            if decision.allowed:
                stream.beat(now)
            else:
                stream.bye(decision.reason, decision.retry_after, detail=decision.detail)
        self.indicators.keep()
        if flags.is_testing():
            contracts.present([stream.ticket.user.pk for stream in self.streams if not stream.said_goodbye])
            groups.present(map(_key, self.streams), self._losses.people())

    def _tell_began(self, stream: Any) -> None:
        if (place := stream.place) is not None:
            said = {"place": list(place), "at": stream.opened_at, "again": stream.ticket.again}
            bus.share("began", "", browsers=[place.browser], **said)

    def _tell_browsers(self, now: float) -> None:
        """So that a loop of a page is known as one, whichever process its requests reach."""
        if now >= self._browsers_at and self.streams:
            self._browsers_at = now + BROWSERS_SECONDS
            bus.share("browsers", "", browsers=causes.browsers())

    def _report(self) -> None:
        count = len(self.streams)
        gauges.report("streams", count)
        gauges.report("stream_share", count / conf.limit("streams_per_process"))
        gauges.report("reconnects_per_stream", self._losses.count() / count if count >= FEW else 0.0)

    async def _sweep(self) -> None:
        """One query for all watched channels; what an announcement lost is found here."""
        if not self.pumps:
            return
        rows = await in_thread(_heads, list(self.pumps))
        behind = [(channel, epoch, seq) for channel, epoch, seq in rows if self._lags(channel, epoch, seq)]
        if not behind:
            return
        await asyncio.sleep(SWEEP_GRACE_SECONDS)
        for channel, epoch, seq in behind:
            if self._lags(channel, epoch, seq):
                gauges.count("sweep_recoveries")
                self._recover(self.pumps[channel], epoch, seq)

    def _lags(self, channel: str, epoch: str, seq: int) -> bool:
        pump = self.pumps.get(channel)
        return pump is not None and (seq > pump.head or epoch != pump.epoch)

    def _recover(self, pump: Pump, epoch: str, seq: int) -> None:
        if epoch == pump.epoch:
            pump.hinted(seq)
            return
        pump.epoch, pump.head = epoch, seq
        pump.forget()
        for stream in list(pump.streams):
            stream.reset(seq, "epoch")

    async def _check(self) -> None:
        now = self.loop.time()
        if not self.streams or (now - self._checked_at < AUTHORITY_SECONDS and not self._check_now):
            return
        self._checked_at, self._check_now = now, False
        streams = {stream.ticket: stream for stream in self.streams}
        gone = await in_thread(authority.refused, list(streams))
        for ticket, reason in gone.items():
            streams[ticket].bye(reason, None)

    def check_now(self) -> None:
        self._check_now = True


def _heads(channels: list[str]) -> list[tuple[str, str, int]]:
    return list(Channel.objects.filter(name__in=channels).values_list("name", "epoch", "seq"))


_hub: Hub | None = None


def hub() -> Hub:
    """The hub of the running loop."""
    global _hub
    loop = asyncio.get_running_loop()
    if _hub is None or _hub.loop is not loop:
        _hub = Hub(loop)
    return _hub


def current_hub() -> Hub | None:
    return _hub


def _key(stream: Any) -> str:
    """Whose it is, whether they came with a cookie or with a token."""
    return f"user:{stream.ticket.user.pk}"
