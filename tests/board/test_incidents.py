"""The pages of incidents and runbooks: staff only, every form without scripts, hostile text shown as text."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from safeguards import incidents
from safeguards.incidents import operations as do
from safeguards.models import AuditEntry, Incident
from tests.support.cast import Cast

pytestmark = pytest.mark.django_db
HOSTILE = '<script>alert(1)</script> {{ r }} [x](javascript:1) "quoted" \u202e'


@pytest.fixture(autouse=True)
def here(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path
    incidents.reset()


@pytest.fixture
def client(cast: Cast) -> Client:
    cast.owner.is_staff = True
    cast.owner.save()
    client = Client()
    client.force_login(cast.owner)
    return client


def act(rule: str = "request-loop", **evidence: Any) -> Incident:
    incidents.record(rule, evidence)
    incidents.flush()
    return Incident.objects.get(rule=rule)


def at(incident: Incident, name: str = "") -> str:
    return f"/ops/incidents/{incident.uid}/{name}"


def test_strangers_and_members_see_and_change_nothing(cast: Cast) -> None:
    incident, client = act(), Client()
    pages = ["/ops/incidents/", at(incident), at(incident, "report.md"), "/ops/runbooks/memory/"]
    forms = [
        "/ops/incidents/declare/",
        *(at(incident, f"{name}/") for name in ("note", "acknowledge", "resolve")),
    ]
    data = {"title": "x", "reason": "x", "text": "x", "summary": "x", "mid": str(uuid4())}
    for status in (302, 403):
        assert {client.get(path).status_code for path in pages} == {status}
        assert {client.post(path, data).status_code for path in forms} == {status}
        client.force_login(cast.participant)
    assert AuditEntry.objects.count() == Incident.objects.count() == 1
    incident.refresh_from_db()
    assert incident.status == "open"


def test_each_address_answers_its_method_only(client: Client) -> None:
    incident = act()
    for path in ("/ops/incidents/", at(incident), at(incident, "report.md"), "/ops/runbooks/memory/"):
        assert (client.get(path).status_code, client.post(path).status_code) == (200, 405)
    for path in ("/ops/incidents/declare/", at(incident, "note/")):
        assert client.get(path).status_code == 405
    for path in (
        "/ops/runbooks/nothing/",
        f"/ops/incidents/{uuid4()}/",
        f"/ops/incidents/{uuid4()}/report.md",
    ):
        assert client.get(path).status_code == 404
    assert client.post(f"/ops/incidents/{uuid4()}/acknowledge/").status_code == 404


def test_from_declared_to_resolved_with_forms_alone(client: Client, cast: Cast) -> None:
    data = {"title": "Boards are slow", "reason": "Three people called", "mid": str(uuid4())}
    answers = [client.post("/ops/incidents/declare/", data) for _time in range(2)]
    incident = Incident.objects.get()
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(303, at(incident))] * 2
    for name, form in (
        ("note", {"text": "At noon"}),
        ("acknowledge", {}),
        ("resolve", {"summary": "A disk."}),
    ):
        assert client.post(at(incident, f"{name}/"), form).status_code == 303
    page = client.get(at(incident)).content.decode()
    for said in ("Boards are slow", "Three people called", "At noon", "A disk.", "resolved it"):
        assert said in page
    assert "incident-acknowledge" not in page
    assert set(AuditEntry.objects.values_list("actor", flat=True)) == {cast.owner.username}


def test_what_cannot_be_done_is_said_in_a_sentence_and_what_was_typed_is_kept(client: Client) -> None:
    incident = act()
    refused = [
        client.post("/ops/incidents/declare/", {"title": "Kept", "reason": " ", "mid": str(uuid4())}),
        client.post("/ops/incidents/declare/", {"title": "Kept", "reason": "x", "mid": "damaged"}),
        client.post("/ops/incidents/declare/", {"title": "Kept", "reason": "x"}),
        client.post(at(incident, "note/"), {"text": "Kept" * 2000}),
        client.post(at(incident, "resolve/"), {}),
    ]
    assert [answer.status_code for answer in refused] == [422] * 5
    assert all('role="alert"' in answer.content.decode() for answer in refused)
    assert all("Kept" in answer.content.decode() for answer in refused[:4])
    do.resolve(incident.uid, "Over.", by="bo")
    late = [
        client.post(at(incident, "acknowledge/")),
        client.post(at(incident, "resolve/"), {"summary": "Else."}),
    ]
    assert [answer.status_code for answer in late] == [409, 409]
    assert all("bo has resolved it already." in answer.content.decode() for answer in late)
    assert Incident.objects.count() == 1


def test_hostile_text_is_text_on_the_pages_and_in_the_report(client: Client) -> None:
    incident = act("rollback", feature=HOSTILE, person=HOSTILE, stack=HOSTILE)
    do.note(incident.uid, HOSTILE, by="bo")
    do.resolve(incident.uid, HOSTILE, by=HOSTILE[:100])
    for path in ("/ops/incidents/", at(incident), "/ops/"):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in client.get(at(incident)).content.decode()
    report = client.get(at(incident, "report.md"))
    assert report["Content-Type"] == "text/markdown; charset=utf-8"
    assert report["Content-Disposition"].startswith('attachment; filename="incident-')
    assert "\n## Learnings\n" in report.content.decode()
    assert "&lt;script&gt;" in report.content.decode()


def test_open_ones_come_first_and_there_are_pages(client: Client) -> None:
    made = [do.declare(f"Number {n:02}", "reason", by="ada", uid=uuid4()) for n in range(25)]
    do.acknowledge(made[24].uid, by="ada")
    do.resolve(made[23].uid, "Over.", by="ada")
    first = client.get("/ops/incidents/").content.decode()
    assert first.index("Number 22") < first.index("Number 03")
    assert "Number 24" not in first
    assert "Page 1 of 2" in first
    second = client.get("/ops/incidents/?page=2").content.decode()
    assert second.index("Number 00") < second.index("Number 24") < second.index("Number 23")
    for odd in ("0", "-1", "x", "999", "%00"):
        assert client.get(f"/ops/incidents/?page={odd}").status_code == 200


def test_a_list_costs_as_many_queries_as_its_length_does_not_matter(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for n in range(20):
        do.declare(f"Number {n}", "reason", by="ada", uid=uuid4())
    with django_assert_max_num_queries(5):
        client.get("/ops/incidents/")


def test_the_runbook_is_there_with_the_figures_of_now(client: Client) -> None:
    page = client.get(at(act(r=1.2))).content.decode()
    assert "Confirm in 60 seconds" in page
    assert "{{r}}" not in page
    assert "unknown" in page or "R is " in page
    page = client.get("/ops/runbooks/request-loop/").content.decode()
    assert "<h1>Requests cause one another</h1>" in page
    assert "{{" not in page


def test_the_operations_page_leads_to_them(client: Client) -> None:
    act("memory")
    page = client.get("/ops/").content.decode()
    assert reverse("incidents") in page
    assert reverse("runbook", args=["memory"]) in page
    (file,) = incidents.folder().glob("*.json")
    file.write_text('{"rule": "../x", "timeline": []}')
    assert client.get("/ops/").status_code == 200
