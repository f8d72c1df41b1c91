"""At level 3 nothing is rendered for anybody: neither for who comes back nor for who repairs a gap."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from board import registrations
from board.streams import repair
from collaboration import rendering
from collaboration.joining import join
from collaboration.models import Channel
from collaboration.pump import Pump
from collaboration.stream import Stream, Ticket
from safeguards import shedders
from tests.support.cast import Cast, assemble

CARDS = 3


@pytest.fixture
def stage(transactional_db: None) -> Cast:
    cast = assemble()
    for number in range(CARDS):
        cast.card(str(number))
    return cast


@pytest.fixture
def level(request: pytest.FixtureRequest) -> Iterator[int]:
    registrations.register()
    shedders.to_level(request.param)
    yield request.param
    shedders.to_level(0)


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    made, inner = list[int](), rendering._with_html

    def render(recorded: Any, event_id: str) -> bytes:
        made.append(recorded.seq)
        return inner(recorded, event_id)

    monkeypatch.setattr(rendering, "_with_html", render)
    return made


def ticket_of(cast: Cast) -> Ticket:
    row = Channel.objects.get(name=cast.board.channel)
    who = str(cast.owner.uid), cast.owner, "session:", "browser"
    return Ticket(row.name, *who, "live_board", True, f"{row.epoch}-{row.seq - CARDS}")


def resumed(ticket: Ticket, *, shed_late: bool = False) -> str:
    row, sent = Channel.objects.get(name=ticket.channel), []

    async def send(message: Any) -> None:
        sent.append(message["body"])

    async def scene() -> None:
        pump, stream = Pump(row.name, row.epoch, row.seq, asyncio.get_running_loop()), Stream(ticket, send)
        if shed_late:  # memory has the fragments already
            await pump.refilled(row.seq - CARDS, html=True)
            shedders.to_level(3)
        await join(stream, pump)
        pump.close()

    asyncio.run(scene())
    return b"".join(sent).decode()


@pytest.mark.parametrize("level", [0, 3], indirect=True)
def test_a_resumed_stream_has_fragments_until_they_are_shed(
    stage: Cast, level: int, rendered: list[int]
) -> None:
    text = resumed(ticket_of(stage))
    assert text.count("event: change") == CARDS
    assert text.count('"html":') == len(rendered) == (0 if level else CARDS)


@pytest.mark.parametrize("level", [0, 3], indirect=True)
def test_a_repair_has_fragments_until_they_are_shed(stage: Cast, level: int, rendered: list[int]) -> None:
    text = repair(ticket_of(stage)).decode()
    assert text.count("event: change") == CARDS
    assert text.count('"html":') == len(rendered) == (0 if level else CARDS)


@pytest.mark.parametrize("level", [0], indirect=True)
def test_what_memory_has_rendered_is_not_sent_either(stage: Cast, level: int) -> None:
    text = resumed(ticket_of(stage), shed_late=True)
    assert text.count("event: change") == CARDS
    assert '"html":' not in text
