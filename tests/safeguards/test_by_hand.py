"""What people take back is gone at once; its incident and its bag come afterwards, and put it back."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from safeguards import bags, flags, incidents, rollout
from safeguards.bags import form, later, owed, restoring
from safeguards.models import AuditEntry, Flag, Incident
from safeguards.rollout import by_hand, gates
from tests.safeguards.bagged import document
from tests.support.cast import Cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_folder")]
FEATURE, RULE = "live_board", "rollback-by-hand"


@pytest.fixture(autouse=True)
def tested(cast: Cast) -> Iterator[None]:
    for name in ("owner", "observer"):
        rollout.add(FEATURE, name, actor="somebody", reason="a try", consented=True)
    yield
    flags.forget()


def press(admin: Client, **fields: str) -> int:
    flag = Flag.objects.get(name=FEATURE)
    page = reverse("admin:safeguards_flag_change", args=[flag.pk])
    return admin.post(page, fields | {"place": gates.place(flag)}).status_code


def chores() -> None:
    """What a server does each second."""
    incidents.flush()
    bags.flush()
    later.finish()


def kept() -> tuple[Incident, dict[str, str], dict[str, Any]]:
    """The incident, what its bag says of itself, and the feature in it."""
    incident = Incident.objects.get(rule=RULE)
    (name,) = bags.bags_of(incident)
    told = document(bags.find(name), "flags.json")["flags"]
    return incident, form.info(bags.find(name)), next(flag for flag in told if flag["name"] == FEATURE)


def test_off_is_one_click_and_nobody_waits_for_its_bag(admin: Client, cast: Cast) -> None:
    assert press(admin, action="off") == 302
    assert not flags.is_on(FEATURE, cast.owner.pk)
    assert Flag.objects.get(name=FEATURE).everyone is False
    assert (bags.every(), Incident.objects.count(), len(owed.every())) == ([], 0, 1)
    chores()
    incident, info, flag = kept()
    assert (incident.title, incident.feature) == ("live_board was taken back by hand", FEATURE)
    assert (info["Trigger"], info["Stage"], info["Sealed-By"]) == (RULE, "2", "admin")
    assert flag["testers"] == ["observer", "owner"]
    assert info["Runbook"] == f"docs/runbooks/{RULE}.md"


def test_a_stage_back_on_the_page_can_be_put_back(admin: Client) -> None:
    assert press(admin, action="rollback", reason="it flickers") == 302
    chores()
    _incident, info, flag = kept()
    assert (info["Reason"], flag["stage"]) == ("it flickers", "2")
    (bag,) = bags.every()
    restoring.apply(bag.path, actor="admin", reason="it was the screen")
    found = Flag.objects.get(name=FEATURE)
    assert (found.stage, found.users.count()) == ("2", 2)


def test_from_the_shell_it_is_on_file_when_the_command_ends(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rollout", "rollback", FEATURE, "owner", "--reason", "they asked")
    incident, info, flag = kept()
    (entry,) = incidents.recent()[0]["timeline"]
    assert (entry["person"], entry["words"], entry["stage"]) == ("owner", "they asked", "2")
    assert info["Reason"] == "they asked" and flag["testers"] == ["observer", "owner"]
    assert incident.told_at is None  # the server tells: this process is about to end


def test_where_nobody_loses_anything_nothing_has_happened(admin: Client) -> None:
    by_hand.off(FEATURE, actor="admin")
    chores()
    press(admin, action="off")
    press(admin, action="rollback")
    call_command("rollout", "rollback", FEATURE, "owner")
    chores()
    assert (len(bags.every()), Incident.objects.count()) == (1, 1)
    assert AuditEntry.objects.filter(action__in=("rollout.off", "rollout.rollback")).count() == 4


def test_the_shell_is_asked_for_no_stage_and_goes_back_twice() -> None:
    for stage in ("1", "synthetic"):
        call_command("rollout", "rollback", FEATURE)
        assert Flag.objects.get(name=FEATURE).stage == stage
