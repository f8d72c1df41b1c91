"""How long it took until what was switched off was gone from the last open stream."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from collaboration.hub import Hub
from safeguards import flags, rollout
from safeguards.models import Flag, StageRun
from safeguards.rollout import contracts, health, offs, operations
from safeguards.stages import Stage
from tests.support.cast import Cast, person
from tests.support.clock import Clock
from tests.support.staged import begin, expose, flag, promote, two_testers

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


def test_the_last_stream_counts_whichever_process_it_was_in(cast: Cast, clock: Clock) -> None:
    assert said() == "not measured."
    clock.pass_(0.25)
    offs.ended(FEATURE, cast.owner.pk)
    offs.flush()
    assert said() == "the only open stream was closed after 0.25 s."
    clock.pass_(0.5)
    offs.ended(FEATURE, cast.owner.pk)
    offs.ended(FEATURE, cast.owner.pk)
    offs.flush()
    offs.flush()
    assert said() == "the last of 3 open streams was closed after 0.75 s."


def test_a_stream_that_ends_without_an_off_is_measured_for_none(cast: Cast, clock: Clock) -> None:
    clock.pass_(31)
    offs.ended(FEATURE, cast.owner.pk)
    offs.flush()
    assert said() == "not measured."


def test_a_rule_closes_the_stream_before_it_has_written_why(cast: Cast, clock: Clock) -> None:
    StageRun.objects.update(ended_at=None)
    offs.ended(FEATURE, cast.owner.pk)
    offs.flush()
    StageRun.objects.update(ended_at=timezone.now() - timedelta(seconds=1))
    offs.flush()
    assert StageRun.objects.get().off_streams == 1


def test_what_a_dead_database_did_not_take_is_written_later(
    cast: Cast, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(*_any: Any, **_which: Any) -> Any:
        raise DatabaseError

    offs.ended(FEATURE, cast.owner.pk)
    with monkeypatch.context() as broken:
        broken.setattr(StageRun.objects, "filter", dead)
        offs.flush()
    offs.flush()
    assert StageRun.objects.get().off_streams == 1


def moment(clock: Clock, at: datetime) -> None:
    clock.time = at.timestamp()


def test_a_promotion_takes_nothing_away(cast: Cast, clock: Clock) -> None:
    StageRun.objects.update(ended_at=timezone.now() - timedelta(hours=1))
    begin()
    expose()
    promote()
    grown = flag().runs.filter(stage="1").latest("pk")
    moment(clock, grown.ended_at)
    clock.pass_(20)
    offs.ended(FEATURE, cast.owner.pk)
    offs.flush()
    assert said() == "not measured."
    assert not StageRun.objects.filter(off_streams__gt=0).exists()


def test_accounts_of_the_house_are_measured_for_their_own_stage_alone(cast: Cast, clock: Clock) -> None:
    ours = person("synthetic-tester-1")
    offs.ended(FEATURE, ours.pk)  # as the first tester came, a moment before this one lost it
    offs.ended(FEATURE, cast.owner.pk)
    offs.flush()
    assert StageRun.objects.get().off_streams == 1
    StageRun.objects.update(stage=Stage.SYNTHETIC, off_streams=0)
    offs.flush()
    assert StageRun.objects.get().off_streams == 1


@pytest.mark.parametrize("by", ["leave", "rollback", "remove"])
def test_one_of_several_testers_is_measured_for_themselves(cast: Cast, clock: Clock, by: str) -> None:
    StageRun.objects.update(ended_at=timezone.now() - timedelta(hours=1))
    two_testers()
    if by == "leave":
        rollout.leave(FEATURE, cast.observer)
    elif by == "remove":
        rollout.remove(FEATURE, "observer", actor="admin")
    else:
        operations.rollback(FEATURE, actor="auto:hops", reason="a chain", username="observer")
    moment(clock, flag().testers.get(user=cast.observer).since)
    clock.pass_(0.5)
    offs.ended(FEATURE, cast.observer.pk)
    offs.flush()
    assert said() == "their last open stream was closed after 0.50 s."
    assert not StageRun.objects.filter(off_streams__gt=0).exists()
    rollout.add(
        FEATURE, "observer", actor="admin", reason="again"
    )  # by the shell, also where the stage failed
    row = flag().testers.get(user=cast.observer)
    assert health.of(row).words == "Not seen yet. The last time, it was gone from their pages after 0.50 s."


@pytest.mark.parametrize("share", [0, 100])
def test_what_a_rule_took_is_measured_from_the_violation(
    cast: Cast, clock: Clock, share: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    StageRun.objects.update(ended_at=timezone.now() - timedelta(hours=1))
    two_testers()
    if share:
        Flag.objects.filter(name=FEATURE).update(stage=Stage.QUARTER, share=share)
    flags.refresh()
    contracts.reset()
    who = cast.participant if share else cast.observer
    now = [100.0]
    monkeypatch.setattr(contracts, "monotonic", lambda: now[0])
    contracts.violated(who.pk, "hops", {"hop": 4})
    found = timezone.now().timestamp()
    now[0] += 0.8  # until the chores write it; its stream was told long before
    contracts.flush()
    moment(clock, flag().testers.get(user=who).since)
    assert clock.time < found - 0.5
    clock.pass_(0.25)
    offs.ended(FEATURE, who.pk)
    offs.flush()
    assert said().endswith("closed after 0.25 s.")
    flags.forget()


def test_what_took_next_to_nothing_is_not_called_nothing(cast: Cast, clock: Clock) -> None:
    clock.pass_(0.004)
    offs.ended(FEATURE, cast.owner.pk)
    offs.flush()
    assert said() == "the only open stream was closed after less than 0.01 s."


def test_one_stage_back_is_measured_for_the_stay(cast: Cast, clock: Clock) -> None:
    StageRun.objects.update(ended_at=timezone.now() - timedelta(hours=1))
    two_testers()
    operations.rollback(FEATURE, actor="admin", reason="too soon")
    moment(clock, flag().runs.filter(stage="2").latest("pk").ended_at)
    clock.pass_(0.5)
    offs.ended(FEATURE, cast.observer.pk)
    offs.flush()
    assert said() == "the only open stream was closed after 0.50 s."


class Open:
    ticket, goodbye = SimpleNamespace(browser="b", feature=FEATURE, user=SimpleNamespace(pk=0)), ""


@pytest.mark.parametrize(("goodbye", "counted"), [("flag_off", 1), ("killed", 0), ("", 0)])
def test_only_who_lost_the_feature_counts(clock: Clock, goodbye: str, counted: int) -> None:
    stream = Open()
    stream.goodbye = goodbye
    pump = SimpleNamespace(channel="c", streams={stream, object()})
    left = SimpleNamespace(streams={stream}, indicators=SimpleNamespace(leave=lambda _stream: None), pumps={})
    Hub.remove(left, stream, pump)  # all that it needs of a hub and a pump
    offs.flush()
    assert StageRun.objects.get().off_streams == counted
