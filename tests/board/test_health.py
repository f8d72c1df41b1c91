from uuid import uuid4

import pytest
from django.db import DatabaseError, connection
from django.test import Client, RequestFactory, override_settings

from board.models import ApiToken, token_hash
from board.views.errors import server_error
from tests.support.cast import Cast

FAR = {"REMOTE_ADDR": "203.0.113.9"}


def test_healthz_needs_nothing(client: Client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_readyz_asks_the_database(client: Client, db: None):
    assert client.get("/readyz").json() == {"ready": True}


def test_readyz_is_503_without_a_database(client: Client, db: None, monkeypatch: pytest.MonkeyPatch):
    def broken() -> None:
        raise DatabaseError

    with monkeypatch.context() as patched:
        patched.setattr(connection, "cursor", broken)
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["detail"] == "The database does not answer."


def test_metrics_answer_the_machine_itself(client: Client, db: None):
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")


def test_metrics_are_not_for_everybody(cast: Cast, client: Client):
    assert client.get("/metrics", **FAR).status_code == 403
    client.force_login(cast.owner)
    assert client.get("/metrics", **FAR).status_code == 403


def test_metrics_are_for_staff(cast: Cast, client: Client):
    cast.owner.is_staff = True
    cast.owner.save()
    client.force_login(cast.owner)
    assert client.get("/metrics", **FAR).status_code == 200


def test_metrics_are_for_a_staff_token_and_a_token_counts_before_the_session(cast: Cast, client: Client):
    cast.owner.is_staff = True
    cast.owner.save()
    token = uuid4().hex
    ApiToken.objects.create(user=cast.owner, name="", token_hash=token_hash(token))
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    assert client.get("/metrics", **FAR, **bearer).status_code == 200
    client.force_login(cast.owner)
    assert client.get("/metrics", **FAR, HTTP_AUTHORIZATION="Bearer wrong").status_code == 403


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_proxy_s_loopback_is_not_the_machine_itself(client: Client, db: None, proxies: int):
    with override_settings(TRUSTED_PROXIES=proxies):
        assert client.get("/metrics", HTTP_X_FORWARDED_FOR="127.0.0.1").status_code == 403


def test_the_page_of_a_failure_asks_nobody(rf: RequestFactory):
    page = server_error(rf.get("/"))  # without the database: a query here would raise
    assert page.status_code == 500
    assert "our fault, not yours" in page.text
