"""What a bag gives back of a feature: its stage as it was guarded, its testers, and who is to be left alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from safeguards import bags, flags, models, rollout
from safeguards.bags import restoring
from safeguards.models import Flag, StageRun
from safeguards.rollout import operations
from safeguards.stages import Stage
from tests.support.cast import Cast
from tests.support.staged import FEATURE, begin

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_folder")]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    yield
    flags.forget()


def restore(bag: Path) -> Flag:
    restoring.apply(bag, actor="admin", reason="it was the network")
    flags.refresh()
    return Flag.objects.get(name=FEATURE)


def out() -> set[str]:
    return set(models.Tester.objects.filter(added_by=flags.LEFT).values_list("user__username", flat=True))


@pytest.fixture
def shared(cast: Cast) -> Path:
    """Of a share that all are within; owner tests, and participant has had enough."""
    begin()
    Flag.objects.filter(name=FEATURE).update(stage=Stage.QUARTER, share=100)
    rollout.leave(FEATURE, cast.participant)
    return bags.seal("rollback", FEATURE)


def test_who_had_enough_is_kept_out_again(
    cast: Cast, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operations.off(FEATURE, actor="admin")
    models.Tester.objects.all().delete()
    call_command("bag", "restore", shared.name, only="flags")
    assert "live_board: kept out [] would become ['participant']" in capsys.readouterr().out
    restore(shared)
    assert out() == {"participant"}
    has = [flags.is_on(FEATURE, one.pk) for one in (cast.owner, cast.participant, cast.observer)]
    assert has == [True, False, True]
    assert restoring.preview(shared) == []


def test_who_left_since_stays_out_and_a_tester_comes_back(cast: Cast, shared: Path) -> None:
    rollout.leave(FEATURE, cast.observer)
    operations.rollback(FEATURE, actor="auto:r", reason="it broke", username="owner")
    assert out() == {"observer", "owner", "participant"}
    flag = restore(shared)
    assert out() == {"observer", "participant"}
    assert flag.testers.get(user=cast.owner).consented_at is not None
    assert not flags.is_on(FEATURE, cast.observer.pk)


def test_without_an_account_nobody_is_kept_out(cast: Cast, shared: Path) -> None:
    cast.participant.delete()
    (change,) = restoring.preview(shared)
    assert (change.fields, change.gone) == ({}, ["participant"])


@pytest.mark.parametrize("guarded", [True, False])
def test_a_stage_is_as_guarded_as_it_was(cast: Cast, guarded: bool) -> None:
    if guarded:
        begin()
    else:
        operations.add(FEATURE, "owner", actor="shell", reason="now")
    path = bags.seal("rollback", FEATURE)
    operations.off(FEATURE, actor="admin")
    flag = restore(path)
    assert StageRun.objects.get(ended_at=None).guarded is guarded
    said: Any = rollout.notices(flag)
    assert any(notice.startswith("Unguarded") for notice in said) is not guarded
