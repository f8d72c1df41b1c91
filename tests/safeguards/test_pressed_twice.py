"""A button of the flag page moves a stage from where its page showed it, or not at all."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from safeguards import rollout
from safeguards.models import AuditEntry, StageRun
from safeguards.stages import Stage
from tests.support.cast import Cast
from tests.support.staged import FEATURE, begin, expose, flag, promote, rehearsed

pytestmark = pytest.mark.usefixtures("forgotten_flags", "bag_home")
CHANGED = "The stage has changed since this page was opened."


def address() -> str:
    return reverse("admin:safeguards_flag_change", args=[flag().pk])


def button(admin: Client, action: str) -> dict[str, str]:
    """What the form of this button sends."""
    (form,) = (
        form
        for form in re.findall(r"<form method=\"post\".*?</form>", admin.get(address()).text, re.DOTALL)
        if f'value="{action}"' in form
    )
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    return {name: fields[name] for name in ("action", "place")} | {"reason": "on we go"}


def did() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


@pytest.mark.parametrize("action", ["rollback", "promote"])
def test_a_second_press_moves_no_further(admin: Client, cast: Cast, action: str) -> None:
    begin()
    expose()
    promote()
    rollout.add(FEATURE, "observer", actor="admin", reason="second", consented=True, guarded=True)
    expose()
    pressed = button(admin, action)
    since = len(did())
    first = admin.post(address(), pressed)
    moved = rollout.stage_of(flag())
    assert (first.status_code, moved) == (302, Stage.ONE if action == "rollback" else Stage.FOUR)
    expose()
    runs = list(StageRun.objects.values_list("pk", "ended_at", "violation"))
    had = rollout.status(flag())
    for _time in range(2):
        again = admin.post(address(), pressed)
        assert (again.status_code, CHANGED in again.text) == (422, True)
    assert rollout.status(flag()) == had
    assert list(StageRun.objects.values_list("pk", "ended_at", "violation")) == runs
    assert did()[since:] == [f"rollout.{action}", "rollout.refused", "rollout.refused"]
    line = AuditEntry.objects.filter(action="rollout.refused")[0]
    assert (line.actor, line.before) == ("admin", {"action": action}) and CHANGED in line.reason


def test_what_was_refused_shows_where_it_is_and_moves_from_there(admin: Client, cast: Cast) -> None:
    begin()
    expose()
    pressed = button(admin, "rollback")
    promote()
    refused = admin.post(address(), pressed)
    assert refused.status_code == 422 and "Back to: 1 tester" in refused.text
    assert admin.post(address(), button(admin, "rollback")).status_code == 302
    assert rollout.stage_of(flag()) is Stage.ONE


def test_the_same_stage_at_another_time_is_not_where_it_was(admin: Client, cast: Cast) -> None:
    begin()
    pressed = button(admin, "rollback")
    begin()
    assert admin.post(address(), pressed).status_code == 422
    assert rollout.stage_of(flag()) is Stage.ONE


def test_off_is_a_place_too(admin: Client, cast: Cast) -> None:
    rehearsed(FEATURE)
    rollout.off(FEATURE, actor="admin")
    pressed = button(admin, "promote")
    assert [admin.post(address(), pressed).status_code for _time in range(2)] == [302, 422]
    assert rollout.stage_of(flag()) is Stage.SYNTHETIC


@pytest.mark.parametrize(
    "said", [{}, {"place": ""}, {"place": "1.999999"}, {"place": "1.\0"}, {"place": "x" * 99}]
)
def test_who_does_not_say_from_where_moves_nothing(admin: Client, cast: Cast, said: dict[str, str]) -> None:
    begin()
    assert admin.post(address(), {"action": "rollback"} | said).status_code == 422
    assert rollout.stage_of(flag()) is Stage.ONE
