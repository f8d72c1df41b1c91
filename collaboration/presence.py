"""Who is here: leases that end by themselves, in memory only. Pure, with a clock you can hold."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from collaboration.conf import (
    EDITING_SECONDS,
    EVIDENCE_SECONDS,
    GRACE_SECONDS,
    IDLE_SECONDS,
    PEER_SECONDS,
    PULSE_LEASE_SECONDS,
    ROSTER_PEOPLE,
)

Row = dict[str, Any]


@dataclass(slots=True)
class Lease:
    """One person, however many streams they have. `until`: the end, once no stream holds it open."""

    display: dict[str, str]
    acted_at: float
    seen_at: float
    until: float
    streams: set[Hashable] = field(default_factory=set)
    card: str = ""
    editing: str = ""
    editing_until: float = 0.0


class Presence:
    """The leases of one channel. `proxied`: an open stream alone is no evidence that somebody is there."""

    def __init__(self, now: Callable[[], float], *, proxied: bool = False) -> None:
        self.now, self.proxied = now, proxied
        self._leases: dict[str, Lease] = {}
        self._peers: dict[str, tuple[float, list[Row]]] = {}

    def join(self, person: str, display: dict[str, str], stream: Hashable) -> None:
        """Their stream is open. Idle people stay idle: a browser opens a stream again by itself."""
        lease = self._lease(person, display)
        lease.display, lease.seen_at = display, self.now()
        lease.streams.add(stream)

    def leave(self, person: str, stream: Hashable, *, at_once: bool = False) -> None:
        """Their stream is closed; after some seconds without another one they are gone."""
        lease = self._leases.get(person)
        if lease is None:
            return
        lease.streams.discard(stream)
        if at_once and not lease.streams:
            del self._leases[person]
        elif not lease.streams:
            lease.until = max(lease.until, self.now() + GRACE_SECONDS)

    def beat(self, person: str, display: dict[str, str] | None = None) -> None:
        """They did something. With `display` also somebody who has no stream here gets a short lease."""
        if display is not None:
            lease = self._lease(person, display)
            if not lease.streams:
                lease.until = max(lease.until, self.now() + PULSE_LEASE_SECONDS)
        if person in self._leases:
            self._leases[person].acted_at = self._leases[person].seen_at = self.now()

    def look(self, person: str, card: str) -> None:
        if person in self._leases:
            self._leases[person].card = card

    def edit(self, person: str, card: str) -> None:
        if lease := self._leases.get(person):
            lease.editing, lease.editing_until = card, self.now() + EDITING_SECONDS

    def hear(self, origin: str, rows: list[Row]) -> None:
        """The roster of another process; it counts until the next one, or for some seconds."""
        self._peers[origin] = (self.now(), rows)

    def expire(self) -> None:
        now = self.now()
        for person, lease in list(self._leases.items()):
            if not lease.streams and lease.until <= now:
                del self._leases[person]
        self._peers = {origin: peer for origin, peer in self._peers.items() if now - peer[0] < PEER_SECONDS}

    def local(self) -> list[Row]:
        """The people of this process, for the others. `quiet`: seconds since they did something."""
        self.expire()
        return [self._row(person, lease) for person, lease in self._leases.items() if self._is_there(lease)]

    def roster(self, *, detail: bool = True) -> tuple[list[Row], int]:
        """Everybody once, by name, and how many more there are; without `detail` neither idleness nor cards."""
        every = self.local()
        for heard_at, rows in self._peers.values():
            every += [row | {"quiet": row["quiet"] + self.now() - heard_at} for row in rows]
        people: dict[str, Row] = {}
        for row in sorted(every, key=lambda row: row["quiet"]):  # who acted last says where they are
            people.setdefault(row["id"], row)
        named = list(people.values())[:ROSTER_PEOPLE]
        named.sort(key=lambda row: (row["name"].casefold(), row["id"]))
        return [_shown(row, detail) for row in named], len(people) - len(named)

    def is_empty(self) -> bool:
        return not self._leases

    def _lease(self, person: str, display: dict[str, str]) -> Lease:
        now = self.now()
        return self._leases.setdefault(person, Lease(display, acted_at=now, seen_at=now, until=now))

    def _is_there(self, lease: Lease) -> bool:
        return not self.proxied or self.now() - lease.seen_at < EVIDENCE_SECONDS

    def _row(self, person: str, lease: Lease) -> Row:
        editing = lease.editing if self.now() < lease.editing_until else ""
        quiet = self.now() - lease.acted_at
        return {"id": person, **lease.display, "quiet": quiet, "card": lease.card, "editing": editing}


def _shown(row: Row, detail: bool) -> Row:
    shown = {name: value for name, value in row.items() if name not in {"quiet", "card", "editing"}}
    idle = detail and row["quiet"] >= IDLE_SECONDS
    return shown | {
        "idle": idle,
        "card": (detail and row["card"]) or None,
        "editing": (detail and row["editing"]) or None,
    }
