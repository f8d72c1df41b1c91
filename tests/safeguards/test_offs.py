"""How long it took until what was switched off was gone from the last open stream."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from collaboration.hub import Hub
from safeguards import rollout
from safeguards.models import Flag, StageRun
from safeguards.rollout import offs
from tests.support.cast import Cast
from tests.support.clock import Clock

FEATURE = "live_board"


@pytest.fixture(autouse=True)
def clock(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """Stands at the moment when it is switched off."""
    rollout.add(FEATURE, "owner", actor="shell")
    rollout.off(FEATURE, actor="admin")
    held = Clock(StageRun.objects.get().ended_at.timestamp())
    monkeypatch.setattr(offs, "time", SimpleNamespace(time=held))
    offs.reset()
    yield held
    offs.reset()


def said() -> str:
    return offs.said(Flag.objects.get(name=FEATURE)).partition(": ")[2]


def test_the_last_stream_counts_whichever_process_it_was_in(clock: Clock) -> None:
    assert said() == "how long that takes was not measured."
    clock.pass_(0.25)
    offs.ended(FEATURE)
    offs.flush()
    assert said() == "the only open stream was closed after 0.25 s."
    clock.pass_(0.5)
    offs.ended(FEATURE)
    offs.ended(FEATURE)
    offs.flush()
    offs.flush()
    assert said() == "the last of 3 open streams was closed after 0.75 s."


def test_a_stream_that_ends_without_an_off_is_measured_for_none(clock: Clock) -> None:
    clock.pass_(31)
    offs.ended(FEATURE)
    offs.flush()
    assert said() == "how long that takes was not measured."


def test_a_rule_closes_the_stream_before_it_has_written_why(clock: Clock) -> None:
    StageRun.objects.update(ended_at=None)
    offs.ended(FEATURE)
    offs.flush()
    StageRun.objects.update(ended_at=timezone.now() - timedelta(seconds=1))
    offs.flush()
    assert StageRun.objects.get().off_streams == 1


def test_what_a_dead_database_did_not_take_is_written_later(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(*_any: Any, **_which: Any) -> Any:
        raise DatabaseError

    offs.ended(FEATURE)
    with monkeypatch.context() as broken:
        broken.setattr(StageRun.objects, "filter", dead)
        offs.flush()
    offs.flush()
    assert StageRun.objects.get().off_streams == 1


class Open:
    ticket, goodbye = SimpleNamespace(browser="b", feature=FEATURE), ""


@pytest.mark.parametrize(("goodbye", "counted"), [("flag_off", 1), ("killed", 0), ("", 0)])
def test_only_who_lost_the_feature_counts(clock: Clock, goodbye: str, counted: int) -> None:
    stream = Open()
    stream.goodbye = goodbye
    pump = SimpleNamespace(channel="c", streams={stream, object()})
    left = SimpleNamespace(streams={stream}, indicators=SimpleNamespace(leave=lambda _stream: None), pumps={})
    Hub.remove(left, stream, pump)  # all that it needs of a hub and a pump
    offs.flush()
    assert StageRun.objects.get().off_streams == counted
