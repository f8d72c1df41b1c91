"""What the shell does within a guarded stage is shown, and what is seen from then on is no test."""

import pytest
from django.core.management import call_command

from safeguards import models, rollout
from safeguards.flag_rows import LEFT
from safeguards.models import StageRun
from safeguards.rollout.verdicts import Word
from safeguards.stages import Stage
from tests.support.cast import Cast
from tests.support.staged import FEATURE, add, begin, expose, flag, promote

pytestmark = pytest.mark.usefixtures("forgotten_flags")


@pytest.fixture
def stage_for_two(cast: Cast) -> StageRun:
    begin()
    expose()
    promote()
    return StageRun.objects.get(ended_at=None)


def is_told() -> bool:
    return any(notice.startswith("Unguarded") for notice in rollout.notices(flag()))


def word() -> str:
    run = rollout.running(flag())
    assert run is not None
    return rollout.verdict(run).word


def test_whom_the_shell_adds_where_there_is_room_makes_it_unguarded(stage_for_two: StageRun) -> None:
    assert not is_told()
    call_command("rollout", "add", FEATURE, "observer")
    expose()
    assert rollout.running(flag()) == stage_for_two and is_told()
    assert word() == Word.HOLD
    with pytest.raises(rollout.NotReady, match="HOLD: Given directly with the shell"):
        promote()
    assert rollout.stage_of(flag()) is Stage.TWO


def test_whom_the_page_adds_leaves_it_guarded(stage_for_two: StageRun) -> None:
    add("observer")
    expose()
    assert (is_told(), word()) == (False, Word.PASS)


def test_a_share_is_unguarded_from_then_on_too(cast: Cast) -> None:
    run = begin()
    models.Flag.objects.filter(name=FEATURE).update(stage=Stage.QUARTER, share=25)
    StageRun.objects.filter(pk=run.pk).update(stage=Stage.QUARTER)
    rollout.add(FEATURE, "observer", actor="shell")
    assert is_told() and rollout.running(flag()) == run


def test_everyone_has_it_already_and_nothing_changes(cast: Cast) -> None:
    begin()
    models.Flag.objects.filter(name=FEATURE).update(stage=Stage.EVERYONE, everyone=True)
    rollout.add(FEATURE, "observer", actor="shell")
    assert not is_told()


@pytest.mark.parametrize(("name", "is_out"), [("owner", True), ("observer", False)])
def test_who_agreed_and_loses_it_stays_out_of_each_share(
    stage_for_two: StageRun, name: str, is_out: bool
) -> None:
    rollout.add(FEATURE, "observer", actor="shell")
    rollout.remove(FEATURE, name, actor="admin")
    out = models.Tester.objects.filter(added_by=LEFT).values_list("user__username", flat=True)
    assert list(out) == ([name] if is_out else [])
