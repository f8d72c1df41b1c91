"""A stream gets what its board sends, whoever else comes and goes while the board is being opened."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from collaboration import hub as hubs
from collaboration.hub import hub
from collaboration.stream import Stream, Ticket
from tests.safeguards.asgi import until
from tests.support.cast import Cast


def test_who_leaves_while_a_board_is_being_opened_takes_nothing_from_who_waits_for_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = list[asyncio.Event]()

    async def look(*_job: Any) -> Any:
        """Into the log; it answers when the test says so."""
        looks.append(answers := asyncio.Event())
        await answers.wait()
        return SimpleNamespace(epoch="0a1b2c3d", seq=0)

    async def nothing(_message: Any) -> None:
        return

    def stream(browser: str) -> Stream:
        who = str(cast.owner.uid), cast.owner, "session:", browser
        return Stream(Ticket(cast.board.channel, *who, "live_board", False, ""), nothing)

    async def scene() -> tuple[bool, bool]:
        here, channel = hub(), cast.board.channel
        waiting = asyncio.ensure_future(here.pump(channel))
        await until(lambda: len(looks) == 1)
        looks[0].set()
        await until(lambda: len(looks) == 2)  # it looks once more; for others it is open already
        brief, early = stream("a"), await here.pump(channel)
        here.add(brief, early)
        here.remove(brief, early)
        await until(lambda: [look.set() for look in looks] and waiting.done())
        late, pump = stream("b"), waiting.result()
        here.add(late, pump)
        gets = here.pumps.get(channel) is pump and late in pump.streams
        here.remove(late, pump)
        await here.close()
        return early is not pump, gets

    monkeypatch.setattr(hubs, "_hub", None)
    monkeypatch.setattr(hubs, "in_thread", look)
    assert asyncio.run(scene()) == (True, True)
