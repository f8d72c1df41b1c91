"""Whoever judges was started again: what was seen before counts no more, until enough was seen once more."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from safeguards import flags, rollout
from safeguards.models import Flag, StageRun
from safeguards.rollout import exposure, observing
from safeguards.stages import Stage
from tests.support.cast import Cast
from tests.support.staged import FEATURE, begin, expose, promote


@pytest.fixture(autouse=True)
def one_tester(cast: Cast) -> Iterator[None]:
    observing.reset()
    observing.flush()  # the process that judges from the start
    begin()
    expose()
    yield
    observing.reset()
    flags.forget()


def run() -> StageRun:
    return StageRun.objects.get(ended_at=None)


def restart() -> None:
    """A process that has seen nothing takes over, and says so each second."""
    observing.reset()
    for _second in range(3):
        observing.flush()


def test_nothing_counts_that_was_seen_before_and_the_reason_is_said() -> None:
    assert rollout.verdict(run()).word == "PASS"
    restart()
    said = rollout.verdict(run())
    assert said.word == "HOLD"
    (why,) = [reason for reason in said.reasons if reason.startswith("The judge was restarted at ")]
    assert why.endswith("; it starts counting anew.")
    assert [bar.seen for bar in exposure.bars(run())] == [0, 0, 0, 0, 0]
    with pytest.raises(rollout.NotReady, match="The judge was restarted"):
        promote()


def test_seen_enough_again_it_may_grow() -> None:
    restart()
    expose(judge_began_at=timezone.now() - timedelta(minutes=29))
    assert any("29/30" in why for why in rollout.verdict(run()).reasons)
    expose(judge_began_at=timezone.now() - timedelta(minutes=31))
    assert rollout.verdict(run()).word == "PASS"
    assert promote() is Stage.TWO


def test_a_process_that_goes_on_counts_on() -> None:
    for _second in range(3):
        observing.flush()
    assert rollout.verdict(run()).word == "PASS"


def test_a_stage_that_began_later_is_judged_from_its_start() -> None:
    promote()
    observing.flush()
    assert run().judge_began_at is None


def test_what_failed_stays_failed() -> None:
    StageRun.objects.update(violation="owner: a chain")
    restart()
    assert rollout.verdict(run()).word == "FAIL"


def test_what_everybody_has_is_left_alone() -> None:
    rollout.everyone(FEATURE, actor="admin", reason="ready")
    restart()
    assert run().judge_began_at is None


def test_a_dead_database_is_told_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def dead(*_ended: Any, **_which: Any) -> Any:
        raise DatabaseError

    observing.reset()
    with monkeypatch.context() as broken:
        broken.setattr(StageRun.objects, "filter", dead)
        observing.flush()
    assert run().judge_began_at is None
    observing.flush()
    assert run().judge_began_at is not None
    assert Flag.objects.get(name=FEATURE).stage == Stage.ONE
