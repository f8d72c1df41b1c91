"""The pump: every announcement once and in order, whatever happens on the way to it."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django_eventstream import send_event
from django_eventstream.storage import EventDoesNotExist

from board import operations as do
from collaboration.changes import Recorded, change_json
from collaboration.models import Channel, CollaborationEvent
from collaboration.pump import Pump
from collaboration.rendering import Frame
from collaboration.storage import EventLog
from safeguards.resources import gauges
from tests.support.cast import Cast, assemble


class Page:
    """A stream that remembers."""

    html = False

    def __init__(self) -> None:
        self.seqs: list[int] = []

    def take(self, frames: list[Frame], rich: bytes, plain: bytes) -> None:
        self.seqs += [frame.seq for frame in frames]


def changes(cast: Cast, count: int) -> list[Recorded]:
    for number in range(count):
        do.create_card(cast.board.slug, cast.owner, uuid4(), "fact", str(number), cast.zone().uid)
    events = CollaborationEvent.objects.filter(channel__name=cast.board.channel).select_related("channel")
    return [change_json(event) for event in events.order_by("seq")[1:]]


def run(cast: Cast, announce: Any) -> tuple[list[int], float]:
    """What a page got after `announce(pump)`, and how often the log was read for it."""

    async def scene() -> tuple[list[int], float]:
        pump, page = Pump(cast.board.channel, "0a1b2c3d", 1, asyncio.get_running_loop()), Page()
        pump.streams.add(page)
        before = gauges.snapshot().get("log_reads_total", 0.0)
        try:
            announce(pump)
            await asyncio.sleep(0)  # the announcement is taken up in the loop's next turn
            while pump._work is not None:
                await pump._work
        finally:
            pump.close()
        return page.seqs, gauges.snapshot().get("log_reads_total", 0.0) - before

    return asyncio.run(scene())


@pytest.fixture
def stage(transactional_db: None) -> Cast:
    return assemble()


def tell(pump: Pump, *told: Recorded) -> None:
    for change in told:
        send_event(pump.channel, "change", change, json_encode=False)


def test_announcements_come_out_once_and_in_order_without_a_read(stage: Cast) -> None:
    made = changes(stage, 5)
    assert run(stage, lambda pump: tell(pump, *made)) == ([2, 3, 4, 5, 6], 0)


def test_doubled_and_shuffled_announcements_change_nothing(stage: Cast) -> None:
    made = changes(stage, 4)
    assert run(stage, lambda pump: tell(pump, made[2], made[0], made[0], made[3], made[1])) == (
        [2, 3, 4, 5],
        0,
    )


def test_lost_announcements_are_read_once(stage: Cast) -> None:
    made = changes(stage, 8)
    assert run(stage, lambda pump: tell(pump, made[0], made[7])) == (list(range(2, 10)), 1)


def test_a_hint_alone_is_enough(stage: Cast) -> None:
    changes(stage, 3)
    assert run(stage, lambda pump: pump.hinted(4)) == ([2, 3, 4], 1)


def test_the_librarys_queue_overflows_and_nothing_is_lost(stage: Cast) -> None:
    made = changes(stage, 30)
    seqs, reads = run(stage, lambda pump: tell(pump, *made))
    assert seqs == list(range(2, 32))
    assert reads <= 1


def test_nothing_but_a_recorded_event_is_announced(stage: Cast) -> None:
    for data in ({"kind": "card.created"}, "{}", None):
        with pytest.raises(TypeError):
            send_event(stage.board.channel, "change", data)


def test_the_log_replays_or_says_that_it_cannot(stage: Cast) -> None:
    changes(stage, 3)
    log = EventLog()
    assert [event.id for event in log.get_events(stage.board.channel, 1)] == [2, 3, 4]
    Channel.objects.filter(name=stage.board.channel).update(oldest=3)
    for last in (1, 5):
        with pytest.raises(EventDoesNotExist):
            log.get_events(stage.board.channel, last)
    connections.close_all()
