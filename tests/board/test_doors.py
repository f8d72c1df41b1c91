"""Ways in and what is said there: the sign-in form, Django admin's door, forms that no browser makes."""

import logging
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client

from board import operations as do
from board.models import User
from safeguards.admission import sign_in_failed
from tests.board.addresses import ask, client_of
from tests.support.cast import Cast

HOUSE = {"board", "collaboration", "safeguards"}


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada", password="correct horse")


def test_signing_in_and_out_everywhere_answers_303(ada: User) -> None:
    client = Client()
    signed = client.post("/accounts/login/", {"username": "ada", "password": "correct horse"})
    assert (signed.status_code, signed.url) == (303, "/")
    assert client.post("/account/sign-out-everywhere/").status_code == 303
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_the_sign_in_form_takes_no_other_method(ada: User, method: str) -> None:
    client = Client()
    form = "username=ada&password=correct+horse"
    answer = getattr(client, method)("/accounts/login/", form, "application/x-www-form-urlencoded")
    assert answer.status_code == 405 and answer["Allow"] == "GET, POST"
    assert "_auth_user_id" not in client.session


def test_the_admins_door_is_the_same_and_limits_guessing(ada: User) -> None:
    client = Client()
    door = client.get("/admin/", follow=True)
    assert door.redirect_chain[-1][0].startswith("/accounts/login/?next=/admin/")
    for _ in range(10):
        assert client.post("/admin/login/", {"username": "ada", "password": "x"}).status_code == 302
    client.force_login(ada)
    refused = client.get("/admin/", follow=True)
    assert refused.status_code == 403 and "may not use the admin pages" in refused.text


def test_a_refused_sign_in_keeps_the_name_and_says_when(ada: User) -> None:
    for _ in range(20):
        sign_in_failed("127.0.0.1", "ada")
    answer = Client().post("/accounts/login/", {"username": "ada", "password": "x", "next": "/account/"})
    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0
    assert 'value="ada"' in answer.text and 'value="/account/"' in answer.text
    assert f"Try again in {answer['Retry-After']} seconds" in answer.text


def test_every_model_is_in_admin() -> None:
    ours = {model for model in apps.get_models() if model._meta.app_label in HOUSE}
    assert ours <= set(admin.site._registry)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nrubbish"),
        ("application/x-www-form-urlencoded; charset=klingon", b"name=x"),
        ("application/x-www-form-urlencoded; charset=utf-7", b"name=+AGE-"),
        ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % number for number in range(2000))),
    ],
)
def test_a_form_that_cannot_be_read_is_refused_in_words(
    set_up: Cast, caplog: pytest.LogCaptureFixture, kind: str, body: bytes
) -> None:
    client = client_of(set_up, "owner")
    answer = client.generic("POST", f"/boards/{set_up.board.slug}/rename/", body, content_type=kind)
    assert answer.status_code in {400, 422}
    assert "again" in answer.text
    assert not [row for row in caplog.records if row.exc_info or row.levelno > logging.WARNING]


def test_a_conflict_says_what_kind_it_is(set_up: Cast) -> None:
    def title(path: str, fields: dict[str, str]) -> Any:
        answer = ask(client_of(set_up, "owner"), set_up, path, "POST", fields, headers=JSON)
        assert answer.status_code == 409, answer.text
        return answer.json()["title"]

    card = set_up.__dict__["card_uid"]
    do.edit_card(card, set_up.participant, uuid4(), {"body": "Theirs"}, 1)
    assert title("cards/{card}/edit/", {"body": "Mine", "base_version": "1"}) == "Somebody was faster"
    assert title("members/owner/role/", {"role": "observer"}) == "A board needs an owner"
    assert title("sessions/{session}/pause/", {}) == "The session does not allow this now"
    assert title("cards/{card}/reopen/", {}) == "This cannot be done now"


JSON = {"Accept": "application/json"}


def test_adding_by_name_too_often_says_when_to_come_back(set_up: Cast) -> None:
    owner = client_of(set_up, "owner")
    fields = {"username": "nobody-here", "role": "observer"}
    for _ in range(10):
        ask(owner, set_up, "members/", "POST", fields)
    for _ in range(10):  # a machine that takes six seconds for the ten has one more
        page = ask(owner, set_up, "members/", "POST", fields)
        if page.status_code == 429:
            break
    assert page.status_code == 429 and int(page["Retry-After"]) > 0 and "nobody-here" in page.text
    problem = ask(owner, set_up, "members/", "POST", fields, headers=JSON)
    assert problem.json()["title"] == "Slow down for a moment"
    assert problem["RateLimit"].startswith('"add_member";r=0;t=')
    assert problem["RateLimit-Policy"] == '"add_member";q=10;w=60'


def test_a_join_link_is_shown_once_and_made_once(set_up: Cast) -> None:
    owner, form = client_of(set_up, "owner"), {"role": "observer", "mid": str(uuid4())}
    settings = f"/boards/{set_up.board.slug}/settings/"
    assert owner.post(f"/boards/{set_up.board.slug}/invites/", form).url == settings
    assert owner.post(f"/boards/{set_up.board.slug}/invites/", form).status_code == 303
    assert set_up.board.invites.count() == 1
    shown = owner.get(settings)
    assert "/join/" in shown.text and shown["Cache-Control"] == "no-store"
    assert 'value="http://testserver/join/' not in owner.get(settings).text


def test_a_name_that_differs_in_case_only_is_taken(ada: User) -> None:
    form = {"username": "Ada", "password1": "correct horse", "password2": "correct horse"}
    answer = Client().post("/accounts/signup/", form)
    assert answer.status_code == 422 and "already exists" in answer.text


def test_a_name_that_nobody_can_see_is_refused(ada: User) -> None:
    client = Client()
    client.force_login(ada)
    form = {"display_name": "\u202e\u200b", "colour": "blue", "theme": "system"}
    answer = client.post("/account/", form)
    assert answer.status_code == 422 and "Give it a name" in answer.text
    assert client.post("/account/", form | {"display_name": "Ada L."}).status_code == 303
