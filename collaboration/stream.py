"""One reader: who it is, what it is sent, and its last word."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any

from collaboration.authority import NOTHING
from collaboration.conf import HEAD_SECONDS, HEARTBEAT_SECONDS, RING_BYTES, RING_FRAMES, WRITE_SECONDS
from collaboration.mailbox import Mailbox
from collaboration.pump import Pump
from collaboration.rendering import Frame
from collaboration.replacing import place_of
from collaboration.shedding import pace
from collaboration.sse import HEARTBEAT, encode_json
from safeguards.kernel.mailbox import MailboxBound
from safeguards.rollout import contracts

STOP = frozenset({"killed", "flag_off", "revoked", "replaced"})  # until a person acts


@dataclass(frozen=True, slots=True, eq=False)
class Ticket:
    """Who reads what. `credential` and `person` are opaque here. `since`: the raw id, empty for live from head.
    `again`: it follows one that was lost.

    `display`: how others see this person, as texts; `shown`: whether they do, when the ticket is made."""

    channel: str
    person: str
    user: Any
    credential: str
    browser: str
    feature: str
    html: bool
    since: str
    again: bool = False
    display: dict[str, str] = field(default_factory=dict)
    shown: bool = False
    key: str = ""  # as the limits know who reads

    @property
    def rich(self) -> bool:
        """Whether fragments go to this reader now: asked for, and not left out under pressure."""
        return self.html and pace.fragments


class Stream:
    def __init__(self, ticket: Ticket, send: Any) -> None:
        loop = asyncio.get_running_loop()
        self.ticket = ticket
        self.mailbox = Mailbox(send, loop, self._overflowed)
        self.opened_at, self.place = time.time(), place_of(ticket)
        self.said_goodbye, self.goodbye = False, ""  # and the reason
        self.standing = NOTHING
        self._early: list[Frame] | None = []  # while joining
        self._early_bound, self._overran = MailboxBound(RING_FRAMES, RING_BYTES), False
        self._beat_at = self._head_at = time.monotonic()
        self.pump: Pump | None = None
        self._last = -1  # the number of the last change that was handed over

    @property
    def html(self) -> bool:
        return self.ticket.rich

    @property
    def is_ending(self) -> bool:
        return self.said_goodbye or self.mailbox.ended.is_set()

    def take(self, frames: list[Frame], rich: bytes, plain: bytes) -> None:
        self._notice(frames)
        if self._early is not None:
            self._keep_early(self._early, frames)
        else:
            self.mailbox.offer(rich if self.html else plain, len(frames))

    def _keep_early(self, early: list[Frame], frames: list[Frame]) -> None:
        """As much as a pump remembers: all who join share these frames. A join that takes longer ends with a reset."""
        for made in frames:
            self._overran = self._overran or not self._early_bound.take(len(made.html or made.plain))
        if self._overran:
            early.clear()
        else:
            early.extend(frames)

    def _notice(self, frames: list[Frame]) -> None:
        """A number that was sent before breaks the promise that each change comes once."""
        if frames and frames[0].seq <= self._last:
            contracts.violated(
                self.ticket.user.pk, "doubled-event", {"seq": frames[0].seq, "after": self._last}
            )
        self._last = max(self._last, frames[-1].seq) if frames else self._last

    def _overflowed(self) -> None:
        contracts.violated(self.ticket.user.pk, "mailbox", {"frames": self.mailbox.depth})

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
        if self._overran and self._last > last:
            self.reset(self._last, "too far behind")
            return
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

    def bye(
        self, reason: str, retry_after: float | None, retry_ms: int | None = None, detail: str = ""
    ) -> None:
        if self.said_goodbye:
            return
        self.said_goodbye, self.goodbye = True, reason
        delay = (
            retry_ms if retry_ms is not None else int((retry_after or 1.0) * 1000 + random.uniform(0, 5000))
        )
        words = {"detail": detail} if detail else {}
        self.mailbox.offer(
            encode_json("bye", {"reason": reason, "retry_ms": None if reason in STOP else delay} | words)
        )
        self.mailbox.end()
