"""Who has a feature because its flag lets superusers in loses it like any tester: by closing that door."""

from pathlib import Path
from typing import Any

import pytest

from safeguards import bags, flags, incidents, models, rollout
from safeguards.bags import restoring
from safeguards.flag_rows import LEFT
from safeguards.models import AuditEntry, Flag, StageRun
from safeguards.rollout import contracts, health, operations
from safeguards.stages import Stage
from tests.support.cast import Cast, person
from tests.support.staged import FEATURE, begin, flag

pytestmark = pytest.mark.usefixtures("forgotten_flags", "bag_folder")


@pytest.fixture
def root(cast: Cast) -> Any:
    """The owner tests, and superusers have it besides."""
    made = person("root")
    made.is_superuser = True
    made.save()
    begin()
    Flag.objects.filter(name=FEATURE).update(superusers=True)
    flags.refresh()
    contracts.reset()
    assert flags.is_on(FEATURE, made.pk)
    return made


def violate(who: Any) -> None:
    contracts.violated(who.pk, "hops", {"hop": 4})
    contracts.flush()
    flags.refresh()


def test_a_superuser_who_breaks_a_contract_has_it_no_more_and_the_tester_keeps_it(
    cast: Cast, root: Any
) -> None:
    violate(root)
    assert (flags.is_on(FEATURE, root.pk), flags.is_on(FEATURE, cast.owner.pk)) == (False, True)
    assert not flags.withheld()
    (line,) = AuditEntry.objects.filter(action="rollout.rollback")
    assert (line.before["superusers"], line.after["superusers"]) == (True, False)
    assert line.after["evidence"] == {"person": "root", "hop": 4}
    run = StageRun.objects.get(ended_at=None)
    assert (run.stage, run.violation.partition(": ")[0]) == (Stage.ONE, "root")
    assert health.rolled_back(flag())["root"][0] == "hops"
    incidents.flush()
    assert [told["timeline"][0]["person"] for told in incidents.recent()] == ["root"]


def test_found_twice_it_is_one_line(root: Any) -> None:
    for _found in range(2):
        operations.rollback(FEATURE, actor="auto:hops", reason="a chain", username="root")
    assert AuditEntry.objects.filter(action="rollout.rollback").count() == 1
    assert rollout.stage_of(flag()) is Stage.ONE


def test_a_superuser_outside_of_a_share_leaves_its_stage_alone(cast: Cast, root: Any) -> None:
    models.Tester.objects.create(flag=flag(), user=root, added_by=LEFT)
    Flag.objects.filter(name=FEATURE).update(stage=Stage.QUARTER, share=100)
    flags.refresh()
    violate(root)
    assert [flags.is_on(FEATURE, one.pk) for one in (root, cast.participant)] == [False, True]
    assert rollout.stage_of(flag()) is Stage.QUARTER


def test_a_superuser_who_is_in_a_share_too_takes_its_stage_back(cast: Cast, root: Any) -> None:
    Flag.objects.filter(name=FEATURE).update(stage=Stage.QUARTER, share=100)
    flags.refresh()
    violate(root)
    assert [flags.is_on(FEATURE, one.pk) for one in (root, cast.participant)] == [False, False]
    assert (rollout.stage_of(flag()), flag().superusers) == (Stage.EIGHT, False)


def test_where_superusers_alone_had_it_it_is_off(cast: Cast, root: Any) -> None:
    rollout.off(FEATURE, actor="admin")
    Flag.objects.filter(name=FEATURE).update(everyone=None, stage="", superusers=True)
    flags.refresh()
    violate(root)
    assert not flags.is_on(FEATURE, root.pk)
    assert rollout.sentence(flag()) == "Off: nobody has it."


def test_a_tester_takes_it_from_no_superuser(cast: Cast, root: Any) -> None:
    violate(cast.owner)
    assert flag().superusers


@pytest.mark.django_db(transaction=True)
def test_the_bag_of_it_lets_superusers_in_again(root: Any) -> None:
    violate(root)
    bags.flush()
    bags.finish()
    (bag,) = bags.every()
    (change,) = restoring.preview(Path(bag.path))
    assert change.fields["superusers"] == (False, True)
