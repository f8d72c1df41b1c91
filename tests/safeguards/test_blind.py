"""A process that does not measure itself is off in four seconds, and its open streams hear of it at the next look."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from collaboration import hub as hubs
from collaboration.hub import Hub
from safeguards import breakers, leases
from safeguards.kernel.decision import YES
from tests.safeguards.conftest import Clock


def test_nobody_who_has_not_looked_for_four_seconds_knows_itself(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "_measured_at", [])
    leases.measured()
    clock.forward(4)
    assert not leases.is_blind()
    clock.forward(0.1)
    assert leases.is_blind()
    leases.measured()
    assert not leases.is_blind()


class Meanwhile:
    """An open stream; just after it was asked about, what streams are allowed changes."""

    mailbox = SimpleNamespace(depth=0)
    ticket = SimpleNamespace(browser="", user=SimpleNamespace(pk=1), key="user:1")
    said_goodbye = False

    def beat(self, now: float) -> None:
        breakers.quarantine("user:7", "request-loop")


def test_what_changes_while_streams_are_asked_about_is_seen_at_the_next_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks: list[Any] = []
    stance = hubs.admission.stance
    monkeypatch.setattr(hubs, "TICK_SECONDS", 0)

    def counted() -> Any:
        looks.append(stance())
        return looks[-1]

    async def scene() -> None:
        here = Hub(asyncio.get_running_loop())
        here.streams.add(Meanwhile())
        await here._keep()
        monkeypatch.setattr(hubs.admission, "stance", counted)
        await here._wait()
        here.streams.clear()
        await here.close()

    monkeypatch.setattr(hubs.authority, "_keep", lambda ticket: YES)
    asyncio.run(scene())
    assert len(looks) == 1  # else it would have waited a whole second
