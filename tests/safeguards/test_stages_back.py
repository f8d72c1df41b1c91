"""Down by itself: who leaves or loses it, and when a stage goes back."""

import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from safeguards import flags, models, rollout
from safeguards.flag_rows import LEFT
from safeguards.models import AuditEntry, Flag, StageRun
from safeguards.rollout import enlisting, operations, people
from safeguards.rollout.operations import RolledBack
from safeguards.stages import Stage
from tests.support.cast import Cast, person
from tests.support.staged import FEATURE, add, begin, expose, flag, promote, rehearsed, two_testers

pytestmark = pytest.mark.usefixtures("forgotten_flags")


def test_a_violation_takes_it_from_that_tester_alone(cast: Cast) -> None:
    two_testers()
    operations.rollback(FEATURE, actor="auto:hops", reason="a chain", username="owner", evidence={"hop": 4})
    flags.refresh()
    assert not flags.is_on(FEATURE, cast.owner.pk)
    assert flags.is_on(FEATURE, cast.observer.pk)
    line = AuditEntry.objects.first()
    assert line is not None and (line.actor_kind, line.after["evidence"]) == ("auto", {"hop": 4})
    expose()
    with pytest.raises(rollout.NotReady, match="FAIL: owner: a chain"):
        promote()


@pytest.mark.parametrize("share", [0, 25])
def test_nobody_is_added_to_a_stage_that_failed_until_it_is_one_stage_back(cast: Cast, share: int) -> None:
    two_testers()
    if share:
        Flag.objects.filter(name=FEATURE).update(stage=Stage.QUARTER, share=share)
    operations.rollback(FEATURE, actor="auto:hops", reason="a chain", username="observer")
    before = rollout.status(flag())
    for name in ("observer", "participant"):
        with pytest.raises(rollout.NotReady, match="FAIL: observer: a chain. .*one stage back first"):
            add(name)
    assert rollout.status(flag()) == before
    operations.rollback(FEATURE, actor="admin", reason="they said so")
    if share:
        add("observer")
        assert flag().users.contains(cast.observer)
    else:
        expose()
        promote()
        add("observer")
        assert rollout.status(flag())["testers"] == ["observer", "owner"]


def test_the_last_tester_rolled_back_switches_it_off(cast: Cast) -> None:
    begin()
    operations.rollback(FEATURE, actor="auto:hops", reason="a chain", username="owner")
    operations.rollback(FEATURE, actor="auto:hops", reason="a chain", username="owner")
    assert flag().everyone is False
    assert rollout.sentence(flag()) == "Off: nobody has it."
    assert StageRun.objects.get(stage=Stage.ONE).violation == "owner: a chain"


def test_from_a_share_it_goes_one_stage_back_and_named_ones_stay(cast: Cast) -> None:
    begin()
    Flag.objects.filter(name=FEATURE).update(stage=Stage.QUARTER, share=25)
    operations.rollback(FEATURE, actor="admin", reason="too slow")
    flags.refresh()
    assert rollout.stage_of(flag()) is Stage.EIGHT
    assert flags.is_on(FEATURE, cast.owner.pk)


def test_who_leaves_a_share_stays_out_when_it_grows(cast: Cast) -> None:
    begin()
    Flag.objects.filter(name=FEATURE).update(stage=Stage.QUARTER, share=100)
    flags.refresh()
    assert flags.is_on(FEATURE, cast.observer.pk)
    rollout.leave(FEATURE, cast.observer)
    flags.refresh()
    assert not flags.is_on(FEATURE, cast.observer.pk)
    assert flags.is_on(FEATURE, cast.participant.pk)


@pytest.mark.parametrize("way", ["leaves", "is removed", "is rolled back", "came last"])
def test_who_lost_it_among_a_few_is_in_no_share_until_they_agree_again(cast: Cast, way: str) -> None:
    two_testers()
    if way == "leaves":
        rollout.leave(FEATURE, cast.observer)
    elif way == "is removed":
        rollout.remove(FEATURE, "observer", actor="admin")
    elif way == "is rolled back":
        operations.rollback(FEATURE, actor="auto:r", reason="it broke", username="observer")
    else:
        operations.rollback(FEATURE, actor="admin", reason="too slow")
    assert (rollout.status(flag())["testers"], people.named(flag()).count()) == (["owner"], 1)
    operations.off(FEATURE, actor="admin")
    rollout.leave(FEATURE, cast.observer)  # pressed twice
    Flag.objects.filter(name=FEATURE).update(everyone=None, stage=Stage.QUARTER, share=100)
    flags.refresh()
    assert not flags.is_on(FEATURE, cast.observer.pk)
    assert flags.is_on(FEATURE, cast.participant.pk)
    assert rollout.explain(flag(), cast.observer).startswith("No: they left or lost it")
    rollout.add(FEATURE, "observer", actor="admin", consented=True)
    flags.refresh()
    assert flags.is_on(FEATURE, cast.observer.pk)
    assert rollout.explain(flag(), cast.observer).startswith("Yes, tester since")


def test_who_left_makes_room_and_breaks_no_silence(cast: Cast) -> None:
    begin()
    expose()
    rollout.leave(FEATURE, cast.owner)
    assert models.Tester.objects.get().added_by == LEFT
    add("observer")
    models.Tester.objects.filter(user=cast.owner).update(seen_at=timezone.now())
    with pytest.raises(rollout.NotReady, match="silence proves nothing"):
        promote()


def test_synthetic_people_who_lost_it_may_try_again(cast: Cast) -> None:
    run = rehearsed(FEATURE)
    enlisting.enlist([run], [person("synthetic-late")])
    operations.remove(FEATURE, "synthetic-late", actor="admin")
    assert not models.Tester.objects.filter(added_by=LEFT).exists()
    assert run.guarded


@pytest.mark.parametrize("actor", ["auto:r", "admin"])
def test_a_tester_who_is_rolled_back_has_it_by_no_share_either(cast: Cast, actor: str) -> None:
    rollout.add(FEATURE, "owner", actor="admin")
    Flag.objects.filter(name=FEATURE).update(stage=Stage.QUARTER, share=100)
    operations.rollback(FEATURE, actor=actor, reason="it broke", username="owner")
    flags.refresh()
    assert not flags.is_on(FEATURE, cast.owner.pk)
    assert flags.is_on(FEATURE, cast.observer.pk)


def test_what_nobody_has_any_more_is_taken_back_by_a_rule_once(cast: Cast) -> None:
    for name in ("owner", "observer"):
        rollout.add(FEATURE, name, actor="admin")
    for _found in range(2):
        operations.rollback(FEATURE, actor="auto:r", reason="it broke", username="owner")
    assert AuditEntry.objects.filter(action="rollout.rollback").count() == 1


def one_of_all(cast: Cast) -> None:
    """The owner was named before the share came; the participant is in it as one of all people."""
    begin()
    Flag.objects.filter(name=FEATURE).update(stage=Stage.QUARTER, share=100)
    StageRun.objects.filter(ended_at=None).update(stage=Stage.QUARTER)


def found_by(workers: int, username: str) -> list[str]:
    """The stage before each rollback that did something: all workers act on what they saw before any of them did."""
    told: list[RolledBack] = []
    begun = threading.Barrier(workers)

    def find() -> None:
        begun.wait(10)
        told.append(operations.rollback(FEATURE, actor="auto:r", reason="it broke", username=username))
        connection.close()

    threads = [threading.Thread(target=find) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(told) == workers
    return [done.was for done in told if done.before is not None]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("username", ["owner", "participant"])
def test_a_violation_that_several_workers_find_in_a_share_is_one_step(cast: Cast, username: str) -> None:
    one_of_all(cast)
    assert found_by(3, username) == [Stage.QUARTER]
    after = Stage.QUARTER if username == "owner" else Stage.EIGHT
    assert rollout.stage_of(flag()) is after
    (line,) = AuditEntry.objects.filter(action="rollout.rollback")
    assert (line.before["stage"], line.after["stage"]) == (Stage.QUARTER, after)
    assert StageRun.objects.get(violation=f"{username}: it broke").stage == Stage.QUARTER


def test_who_broke_a_contract_in_a_share_is_not_in_it_when_it_grows_again(cast: Cast) -> None:
    one_of_all(cast)
    operations.rollback(FEATURE, actor="auto:r", reason="it broke", username="participant")
    Flag.objects.filter(name=FEATURE).update(stage=Stage.QUARTER, share=100)
    flags.refresh()
    assert not flags.is_on(FEATURE, cast.participant.pk)
    assert flags.is_on(FEATURE, cast.observer.pk)


@pytest.mark.django_db(transaction=True)
def test_what_everybody_got_meanwhile_goes_one_stage_back(cast: Cast) -> None:
    one_of_all(cast)
    rollout.everyone(FEATURE, actor="shell", reason="all at once")
    assert found_by(2, "participant") == [Stage.EVERYONE]
    assert rollout.stage_of(flag()) is Stage.QUARTER


def test_what_the_shell_gave_stays_unguarded_one_stage_back(cast: Cast) -> None:
    rollout.everyone(FEATURE, actor="shell", reason="all at once")
    operations.rollback(FEATURE, actor="admin", reason="too much")
    assert not StageRun.objects.get(ended_at=None).guarded


@pytest.mark.parametrize("stage", [Stage.QUARTER, Stage.EVERYONE])
def test_asked_twice_for_one_person_nobody_else_loses_anything(cast: Cast, stage: Stage) -> None:
    two_testers()
    everyone = stage is Stage.EVERYONE
    Flag.objects.filter(name=FEATURE).update(
        stage=stage, share=0 if everyone else 25, everyone=True if everyone else None
    )
    for _ in range(2):
        operations.rollback(FEATURE, actor="admin", reason="they said so", username="owner")
        flags.refresh()
        assert not flags.is_on(FEATURE, cast.owner.pk)
        assert rollout.status(flag())["stage"] == Stage.QUARTER
        assert flags.is_on(FEATURE, cast.observer.pk)
    assert AuditEntry.objects.filter(action="rollout.rollback").count() == 2


def test_who_does_not_have_it_takes_it_from_nobody(cast: Cast) -> None:
    two_testers()
    Flag.objects.filter(name=FEATURE).update(stage=Stage.QUARTER, share=0)
    before = rollout.status(flag())
    operations.rollback(FEATURE, actor="admin", reason="by mistake", username="participant")
    assert rollout.status(flag()) == before


@pytest.mark.parametrize("command", ["waffle_flag", "waffle_delete"])
def test_waffle_s_own_commands_change_nothing(cast: Cast, command: str) -> None:
    before = rollout.status(flag())
    with pytest.raises(CommandError, match="manage.py rollout"):
        call_command(command, FEATURE)
    assert rollout.status(flag()) == before
