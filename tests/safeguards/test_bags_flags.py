"""What a bag gives back of a feature: its stage as it was guarded, its testers, and who is to be left alone."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from safeguards import bags, flags, models, rollout
from safeguards.bags import restoring
from safeguards.flag_rows import LEFT
from safeguards.models import Flag, StageRun
from safeguards.rollout import operations
from safeguards.rollout.verdicts import Word
from safeguards.stages import Stage
from tests.support.cast import Cast
from tests.support.staged import FEATURE, begin, expose, two_testers

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
    return set(models.Tester.objects.filter(added_by=LEFT).values_list("user__username", flat=True))


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


def test_a_tester_who_left_since_is_given_nothing_back_until_they_agree_again(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    two_testers()
    bag = bags.seal("rollback", FEATURE)
    operations.rollback(FEATURE, actor="auto:r", reason="it broke", username="owner")
    rollout.leave(FEATURE, cast.observer)
    (change,) = restoring.preview(bag)
    assert (change.fields["testers"], change.unwilling) == (([], ["owner"]), ["observer"])
    call_command("bag", "restore", bag.name, only="flags")
    said = f"{FEATURE}: observer left the test since and is left out until they agree again"
    assert said in capsys.readouterr().out
    flag = restore(bag)
    assert rollout.status(flag)["testers"] == ["owner"]
    assert [flags.is_on(FEATURE, one.pk) for one in (cast.owner, cast.observer)] == [True, False]
    assert out() == {"observer"}
    rollout.add(FEATURE, "observer", actor="admin", consented=True)
    operations.rollback(FEATURE, actor="auto:r", reason="it broke", username="observer")
    restore(bag)  # they agreed again, and a rule took it since
    assert flags.is_on(FEATURE, cast.observer.pk)


def test_whom_the_shell_had_named_is_in_no_share_of_a_bag_after_leaving(cast: Cast) -> None:
    operations.add(FEATURE, "owner", actor="shell")
    Flag.objects.filter(name=FEATURE).update(stage=Stage.QUARTER, share=100)
    bag = bags.seal("rollback", FEATURE)
    Flag.objects.filter(name=FEATURE).update(stage=Stage.ONE, share=0)
    rollout.leave(FEATURE, cast.owner)
    assert out() == set()
    restore(bag)
    assert [flags.is_on(FEATURE, one.pk) for one in (cast.owner, cast.observer)] == [False, True]


def test_without_an_account_nobody_is_kept_out(cast: Cast, shared: Path) -> None:
    cast.participant.delete()
    (change,) = restoring.preview(shared)
    assert (change.fields, change.gone) == ({}, ["participant"])


def test_without_a_baseline_it_comes_back_unguarded(cast: Cast) -> None:
    begin()
    bag = bags.seal("rollback", FEATURE)
    operations.off(FEATURE, actor="admin")
    models.Baseline.objects.update(at=timezone.now() - timedelta(days=8))
    flag = restore(bag)
    assert not StageRun.objects.get(ended_at=None).guarded
    assert any(notice.startswith("Unguarded") for notice in rollout.notices(flag))


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


def test_what_was_seen_after_the_bag_does_not_count_for_those_who_come_back(cast: Cast) -> None:
    two_testers()
    bag = bags.seal("rollback", FEATURE)
    operations.rollback(FEATURE, actor="auto:r", reason="it broke", username="observer")
    expose()
    failed = StageRun.objects.get(ended_at=None)
    restore(bag)
    run = StageRun.objects.get(ended_at=None)
    assert (run.stage, run.violation, run.requests, run.guarded) == (Stage.TWO, "", 0, True)
    assert rollout.verdict(run).word is Word.HOLD
    failed.refresh_from_db()
    assert (failed.violation, failed.ended_by) == ("observer: it broke", "admin")
    restore(bag)  # nothing is left to change, and so nothing begins
    assert StageRun.objects.get(ended_at=None) == run


def test_last_day_and_superusers_come_back_after_a_preview(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    begin()
    day = timezone.now() + timedelta(days=3)
    Flag.objects.filter(name=FEATURE).update(expires_at=day, superusers=True)
    bag = bags.seal("rollback", FEATURE)
    rollout.expire(FEATURE, None, actor="admin", reason="it goes on")
    Flag.objects.filter(name=FEATURE).update(superusers=False)
    was = {"superusers": (False, True), "expires_at": (None, day)}
    (change,) = restoring.preview(bag)
    assert change.fields == was
    call_command("bag", "restore", bag.name, only="flags")
    told = capsys.readouterr().out
    assert f"{FEATURE}: expires_at None would become {day.isoformat()}" in told
    assert f"{FEATURE}: superusers False would become True" in told
    flag = restore(bag)
    assert (flag.expires_at, flag.superusers, restoring.preview(bag)) == (day, True, [])
    line = models.AuditEntry.objects.filter(action="rollout.restore")[0]
    assert line.after["evidence"] == {"bag": bag.name, "expires_at": [None, day.isoformat()]}
    assert (line.before["superusers"], line.after["superusers"]) == (False, True)


def changed(bag: Path, **said: Any) -> Path:
    """The bag says something else of the feature; what is None there is taken out."""
    file = bag / "data" / "flags.json"
    told = json.loads(file.read_text())
    (of,) = (flag for flag in told["flags"] if flag["name"] == FEATURE)
    of |= said
    for name in [name for name, value in said.items() if value is None]:
        del of[name]
    file.write_text(json.dumps(told))
    return bag


def test_a_bag_that_knows_no_last_day_leaves_it(cast: Cast) -> None:
    begin()
    bag = changed(bags.seal("rollback", FEATURE), expires_at=None, superusers=None)
    day = timezone.now() + timedelta(days=3)
    Flag.objects.filter(name=FEATURE).update(expires_at=day, superusers=True)
    operations.remove(FEATURE, "owner", actor="admin")
    flag = restore(bag)
    assert (flag.expires_at, flag.superusers, flag.users.count()) == (day, True, 1)


@pytest.mark.parametrize(
    "said",
    [
        {"expires_at": "soon"},
        {"expires_at": 7},
        {"expires_at": "2030-12-31T00:00:00"},
        {"expires_at": "0001-01-01T00:00:00+00:00"},
        {"superusers": "yes"},
    ],
)
def test_nonsense_in_a_bag_changes_nothing(cast: Cast, said: dict[str, Any]) -> None:
    begin()
    bag = changed(bags.seal("rollback", FEATURE), **said)
    operations.off(FEATURE, actor="admin")
    with pytest.raises(bags.Damaged):
        restore(bag)
    assert Flag.objects.get(name=FEATURE).everyone is False


def test_two_rollbacks_of_one_person_are_undone_in_any_order(cast: Cast) -> None:
    """Each bag was sealed when both features were gone already."""
    features = (FEATURE, "live_presence")
    for feature in features:
        operations.everyone(feature, actor="shell", reason="all at once")
    sealed = []
    taken = [
        operations.rollback(one, actor="auto:r", reason="it broke", username="owner").before
        for one in features
    ]
    for feature, before in zip(features, taken, strict=True):
        sealed.append(bags.seal("rollback", feature, before=before))
    for bag in sealed:
        restore(bag)
    assert [Flag.objects.get(name=feature).everyone for feature in features] == [True, True]
