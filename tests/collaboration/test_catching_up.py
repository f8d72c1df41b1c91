"""Who comes back together costs one reading of the log, however much of it memory can hold."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from board import operations as do
from collaboration.conf import RING_BYTES
from collaboration.joining import join
from collaboration.models import Channel
from collaboration.pump import Pump
from collaboration.storage import EventLog
from collaboration.stream import Stream, Ticket
from safeguards.resources import gauges
from tests.support.cast import Cast, assemble

EVENTS, READERS = 400, 20


class Reader:
    def __init__(self) -> None:
        self.text = ""

    async def __call__(self, message: Any) -> None:
        self.text += message["body"].decode()

    def seqs(self) -> list[int]:
        ids = [line for line in self.text.splitlines() if line.startswith("id: ")]
        return [int(line.rpartition("-")[2]) for line in ids]


@pytest.fixture
def stage(transactional_db: None) -> Cast:
    cast = assemble()
    for number in range(EVENTS):
        body = f"{number} ".ljust(600, "x")
        do.create_card(cast.board.slug, cast.owner, uuid4(), "fact", body, cast.zone().uid)
    return cast


def readings() -> float:
    counted = gauges.snapshot()
    return counted.get("log_reads_total", 0.0) + counted.get("replay_reads_total", 0.0)


def come_back(cast: Cast, behind: list[int]) -> tuple[list[Reader], int, float]:
    """What each got, the number of the last event, and how often the log was read for them."""
    row = Channel.objects.get(name=cast.board.channel)

    async def scene() -> list[Reader]:
        pump = Pump(row.name, row.epoch, row.seq, asyncio.get_running_loop())
        readers, joins = [], []
        for number, missed in enumerate(behind):
            readers.append(reader := Reader())
            since = f"{row.epoch}-{row.seq - missed}"
            who = str(cast.owner.uid), cast.owner, "session:", f"browser-{number}"
            stream = Stream(Ticket(row.name, *who, "live_board", True, since), reader)
            pump.streams.add(stream)
            joins.append(join(stream, pump))
        await asyncio.gather(*joins)
        assert pump.ring_bytes <= RING_BYTES
        pump.close()
        return readers

    before = readings()
    return asyncio.run(scene()), row.seq, readings() - before


def test_many_who_missed_more_than_memory_holds_share_the_readings(stage: Cast) -> None:
    for behind in (
        [EVENTS] * READERS,
        [EVENTS - number for number in range(READERS)],
        [1, *[EVENTS] * READERS],
    ):
        readers, head, read = come_back(stage, behind)
        assert [reader.seqs() for reader in readers] == [
            list(range(head - missed + 1, head + 1)) for missed in behind
        ]
        texts = [reader.text for reader in readers]
        assert [text.count('"html":') for text in texts] == behind
        assert sum(map(len, texts)) > RING_BYTES * READERS
        assert read <= 2


def test_a_reading_for_one_reader_alone_is_counted_too(cast: Cast) -> None:
    before = readings()
    EventLog().get_events(cast.board.channel, 1)
    assert readings() - before == 1
