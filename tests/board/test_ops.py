"""The operations page: staff only; the switch needs a permission, a reason, and leaves a line."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from safeguards import kill
from safeguards.models import AuditEntry, Incident
from tests.support.cast import Cast, staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def untouched(settings: Any, tmp_path: Any) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    kill.forget()
    yield
    kill.forget()


def test_strangers_and_members_see_nothing(cast: Cast) -> None:
    client = Client()
    assert client.get("/ops/").status_code == 302
    client.force_login(cast.participant)
    assert client.get("/ops/").status_code == 403
    assert client.post("/ops/switch/", {"action": "on", "reason": "x"}).status_code == 403
    assert kill.killed() is None


def test_staff_see_the_state_in_words_and_the_button_only_with_the_permission(cast: Cast) -> None:
    page = staff(cast).get("/ops/").content.decode()
    assert "Level 0: everything is on." in page
    assert "Kill live for everybody" not in page
    client = staff(cast, "change_killstate")
    assert "Kill live for everybody" in client.get("/ops/").content.decode()
    assert "Kill live for everybody" in client.get("/admin/safeguards/killstate/").content.decode()


def test_what_nobody_looks_after_is_told_at_the_top(cast: Cast) -> None:
    incident = Incident.objects.create(title="A <b>loud</b> one", opened_by="auto:rollback")
    client = staff(cast)
    page = client.get("/ops/").content.decode()
    assert "A &lt;b&gt;loud&lt;/b&gt; one" in page and f"/ops/incidents/{incident.uid}/" in page
    assert 'data-tone="warn"' in page
    Incident.objects.update(status=Incident.Status.ACKNOWLEDGED)
    page = client.get("/ops/").content.decode()
    assert "Open incident" not in page and 'data-tone="good"' in page


def test_killed_and_on_again_with_reason_and_audit(cast: Cast) -> None:
    client = staff(cast, "change_killstate")
    assert client.post("/ops/switch/", {"action": "on", "reason": "too <b>loud</b>"}).status_code == 303
    assert kill.killed() == "too <b>loud</b>"
    page = client.get("/ops/").content.decode()
    assert "too &lt;b&gt;loud&lt;/b&gt;" in page
    assert client.post("/ops/switch/", {"action": "off", "reason": "calm"}).status_code == 303
    assert kill.killed() is None
    assert list(AuditEntry.objects.values_list("action", "actor")) == [
        ("kill.off", cast.owner.username),
        ("kill.on", cast.owner.username),
    ]


@pytest.mark.parametrize(
    "data", [{"action": "on"}, {"action": "on", "reason": "  "}, {"reason": "x"}, {"action": "up"}]
)
def test_without_a_reason_or_a_choice_nothing_changes(cast: Cast, data: dict[str, str]) -> None:
    answer = staff(cast, "change_killstate").post("/ops/switch/", data)
    assert answer.status_code == 422
    assert kill.killed() is None
