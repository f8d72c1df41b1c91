from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from safeguards import rollout
from safeguards.models import AuditEntry, Baseline, Flag
from safeguards.rollout import baselines, operations
from safeguards.rollout.gates import place
from tests.support.cast import Cast, person
from tests.support.staged import begin, flag, rehearsed

pytestmark = pytest.mark.usefixtures("forgotten_flags")


@pytest.fixture
def flag_page(db) -> str:
    baselines.keep({})
    return reverse("admin:safeguards_flag_change", args=[Flag.objects.get(name="live_board").pk])


def of_rollout() -> Any:
    return AuditEntry.objects.filter(action__startswith="rollout.")


def test_the_page_says_who_has_it(admin: Client, flag_page: str):
    response = admin.get(flag_page)
    assert response.status_code == 200
    assert "Off: nobody has it." in response.text
    assert "Switch off now" in response.text


def test_testers_come_and_go_one_by_one_with_an_audit_line_each(admin: Client, flag_page: str, cast: Cast):
    rehearsed("live_board")
    since = of_rollout().count()
    added = admin.post(
        flag_page,
        {"action": "add", "person_id": cast.owner.pk, "reason": "first", "consented": "1"},
        follow=True,
    )
    assert "On for 1 named tester" in added.text
    removed = admin.post(flag_page, {"action": "remove", "person_id": cast.owner.pk}, follow=True)
    assert "Nobody has it now: this stage has no tester." in removed.text
    lines = of_rollout().order_by("id").values_list("actor", "action", "reason")
    assert list(lines)[since:] == [("admin", "rollout.add", "first"), ("admin", "rollout.remove", "")]
    assert "first" in removed.text


def test_a_tester_can_be_named_without_a_script(admin: Client, flag_page: str, cast: Cast):
    rehearsed("live_board")
    admin.post(flag_page, {"action": "add", "username": "owner", "reason": "first", "consented": "1"})
    assert list(Flag.objects.get(name="live_board").users.all()) == [cast.owner]


def test_off_is_one_click(admin: Client, flag_page: str, cast: Cast):
    rollout.everyone("live_board", actor="admin", reason="ready")
    assert "Off: nobody has it." in admin.post(flag_page, {"action": "off"}, follow=True).text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"action": "add", "username": "owner", "reason": "first"}, "Ask them first"),
        ({"action": "add", "username": "owner", "consented": "1"}, "Say why they shall test it."),
        ({"action": "promote", "reason": " "}, "Say why more people shall have it."),
        ({"action": "everyone", "reason": "now"}, "Choose one of the buttons"),
    ],
)
def test_what_the_rules_do_not_allow_is_refused_in_words(
    admin: Client, flag_page: str, cast: Cast, fields: dict[str, str], sentence: str
):
    refused = admin.post(flag_page, fields)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert not Flag.objects.get(name="live_board").users.exists()
    (line,) = of_rollout()
    assert (line.action, line.actor) == ("rollout.refused", "admin") and sentence in line.reason


def test_nobody_is_added_without_a_fresh_baseline(admin: Client, flag_page: str, cast: Cast):
    Baseline.objects.update(at=timezone.now() - timedelta(days=8))
    refused = admin.post(
        flag_page, {"action": "add", "username": "owner", "reason": "first", "consented": "1"}
    )
    assert refused.status_code == 422
    assert "no baseline of this class of host" in refused.text


def test_the_page_explains_who_would_get_it(admin: Client, flag_page: str, cast: Cast):
    def explained(name: str) -> str:
        return admin.get(flag_page, {"person": name}).text.partition('id="explained"')[2][:200]

    assert "No: not named" in explained("owner") or "No: it is off" in explained("owner")
    rollout.add("live_board", "owner", actor="admin")
    assert "Yes, tester since" in explained("owner")
    assert "No: not named as a tester." in explained("observer")
    assert "There is no account" in explained("nobody\0")


def test_the_page_says_how_far_it_is_and_what_is_missing(admin: Client, flag_page: str, cast: Cast):
    begin()
    text = admin.get(flag_page).text
    assert 'data-word="HOLD"' in text
    assert "requests 0/300" in text
    assert text.count("<progress") == 5
    refused = admin.post(flag_page, {"action": "promote", "reason": "on we go", "place": place(flag())})
    assert refused.status_code == 422 and "HOLD: " in refused.text
    operations.rollback("live_board", actor="auto:r", reason="requests caused one another", username="owner")
    text = admin.get(flag_page).text
    assert 'data-word="FAIL"' in text
    assert '<li data-state="bad"><b>broken</b> r' in text


def test_somebody_answers_for_it(admin: Client, flag_page: str):
    assert "Nobody answers for this flag." in admin.get(flag_page).text
    assert "admin answers for it." in admin.post(flag_page, {"action": "claim"}, follow=True).text


def test_another_admin_may_answer_for_it_and_an_account_that_is_off_does_not(
    admin: Client, flag_page: str, cast: Cast
):
    Flag.objects.filter(name="live_board").update(owner=cast.owner)
    text = admin.get(flag_page).text
    assert "owner answers for it." in text and "I answer for it" in text
    type(cast.owner).objects.filter(pk=cast.owner.pk).update(is_active=False)
    text = admin.get(flag_page).text
    assert "Nobody answers for this flag." in text and "owner answers for it." not in text
    text = admin.post(flag_page, {"action": "claim"}, follow=True).text
    assert "admin answers for it." in text and "I answer for it" not in text
    line = of_rollout().get(action="rollout.claim")
    assert line.after["evidence"] == {"owner": ["owner", "admin"]}


def test_a_last_day_is_set_and_taken_away_with_a_line_each(admin: Client, flag_page: str):
    page = admin.post(flag_page, {"action": "expire", "expires": "2999-12-30"}, follow=True).text
    assert 'value="2999-12-30"' in page
    for wrong, sentence in (
        ("2020-01-01", "That day is over."),
        ("9999-12-31", "over"),
        ("soon", "Choose a day"),
    ):
        refused = admin.post(flag_page, {"action": "expire", "expires": wrong})
        assert (refused.status_code, sentence in refused.text) == (422, True)
    admin.post(flag_page, {"action": "expire", "expires": ""})
    assert Flag.objects.get(name="live_board").expires_at is None
    lines = of_rollout().filter(action="rollout.expire").order_by("id")
    (_none, ends), (was, none) = (line.after["evidence"]["expires_at"] for line in lines)
    assert (was, none) == (ends, None) and lines[0].actor == "admin"


@pytest.mark.parametrize("fields", [{}, {"action": "explode"}, {"action": "add", "username": "nobody\0"}])
def test_nonsense_is_refused_in_words(admin: Client, flag_page: str, fields):
    response = admin.post(flag_page, fields)
    assert response.status_code == 422
    assert "errornote" in response.text or "messagelist" in response.text
    assert [line.action for line in of_rollout()] == ["rollout.refused"]


def test_staff_without_the_permission_may_not(flag_page: str, cast: Cast):
    cast.observer.is_staff = True
    cast.observer.save()
    client = Client()
    client.force_login(cast.observer)
    assert client.get(flag_page).status_code == 403
    assert client.post(flag_page, {"action": "off"}).status_code == 403


def test_the_page_needs_a_csrf_token(flag_page: str):
    user = person("admin")
    user.is_staff = user.is_superuser = True
    user.save()
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post(flag_page, {"action": "off"}).status_code == 403


def test_the_page_has_no_inline_script_or_style(admin: Client, flag_page: str):
    text = admin.get(flag_page).text
    main = text[text.index('id="content-main"') :]
    assert "<style" not in text
    assert "style=" not in main
    assert "onclick" not in text


def test_people_are_found_by_autocomplete(admin: Client, cast: Cast):
    query = {"app_label": "safeguards", "model_name": "flag", "field_name": "users", "term": "facil"}
    found = admin.get(reverse("admin:autocomplete"), query).json()["results"]
    assert [row["id"] for row in found] == [str(cast.facilitator.pk)]


def test_the_list_says_who_and_offers_neither_add_nor_delete(admin: Client, flag_page: str):
    text = admin.get(reverse("admin:safeguards_flag_changelist")).text
    assert "Off: nobody has it." in text
    assert admin.get(reverse("admin:safeguards_flag_add")).status_code == 403
    assert admin.post(flag_page.replace("change", "delete"), {"post": "yes"}).status_code == 403


def test_audit_entries_are_read_only(admin: Client):
    entry = AuditEntry.objects.create(actor="admin", action="rollout.off", subject="live_board")
    url = reverse("admin:safeguards_auditentry_change", args=[entry.pk])
    assert admin.get(url).status_code == 200
    assert admin.post(url, {"actor": "x"}).status_code == 403
    assert admin.post(reverse("admin:safeguards_auditentry_delete", args=[entry.pk])).status_code == 403
