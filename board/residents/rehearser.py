"""One synthetic person who tries a live board out: a page, a change, and that change heard over their stream."""

import time
from collections.abc import Callable, Collection
from typing import Any
from uuid import uuid4

from board.operations.residents import Tenant
from board.residents.listener import Listener
from board.residents.resident import came
from board.residents.visitor import Visitor

REJOIN_SECONDS = 300.0  # a stream is lost now and then; more often would look like a storm
PLAIN = 204
# What each feature lets a page tell of what is done on it this moment.
PULSES: dict[str, dict[str, Any]] = {
    "live_presence": {"kind": "focus"},
    "live_cursors": {"kind": "cursor", "x": 0.5, "y": 0.5},
}


class Rehearser:
    """As a browser with scripts: what its page writes names a gesture."""

    def __init__(
        self, address: tuple[str, int], tenant: Tenant, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.now = now
        self._visitor, self._listener = Visitor(address, tenant), Listener(address)
        self._joined_at = 0.0

    def visit(self, features: Collection[str] = ()) -> str:
        """What went wrong, one of `rehearsal.TROUBLES`; empty when nothing did. `features`: what is tried out. Raises
        NotLetIn."""
        if trouble := self._join():
            return trouble
        # The board once more, while its stream is open: another tab.
        if not came(self._visitor.read({"Sec-Fetch-Dest": "document"})):
            return "page"
        gesture = {"X-Cause": str(uuid4()), "Sec-Fetch-Dest": "empty"}
        status, taken = self._visitor.edit(f"Tried out in turn {uuid4()}", gesture)
        if not came(status):
            return "change"
        if not self._listener.hears(int(taken["seq"])):
            return "unheard"
        return "" if self._tells(features) else "pulse"

    def leave(self) -> None:
        self._listener.close()

    def _tells(self, features: Collection[str]) -> bool:
        card = {"anchor": f"card-{self._visitor.tenant.card}"}
        pulses = [pulse for feature, pulse in PULSES.items() if feature in features]
        return all(came(self._visitor.pulse(pulse | card, {"Sec-Fetch-Dest": "empty"})) for pulse in pulses)

    def _join(self) -> str:
        if self._listener.is_open and self.now() - self._joined_at < REJOIN_SECONDS:
            return ""
        self._joined_at = self.now()
        path = f"/boards/{self._visitor.tenant.slug}/stream/?html=1"
        more = {"Accept": "text/event-stream", "Sec-Fetch-Dest": "empty"}
        status = self._listener.open(path, self._visitor.headers() | more)
        if status == PLAIN:
            return "plain"
        return "" if came(status) else "stream"
