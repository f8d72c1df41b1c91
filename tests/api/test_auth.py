from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from board.models import ApiToken, Card
from tests.api.client import ROOT, Api
from tests.support.cast import Cast


def new(cast: Cast) -> dict[str, Any]:
    return {"kind": "fact", "body": "It began at 9.", "zone": str(cast.zone().uid)}


def csrf(api: Api) -> dict[str, str]:
    api.client.cookies["csrftoken"] = "a" * 32
    return {"X-CSRFToken": "a" * 32}


def test_a_token_needs_no_csrf_token(cast: Cast, participant: Api) -> None:
    assert participant.post(f"boards/{cast.board.slug}/cards", new(cast)).status == 201


def test_a_session_writes_with_a_csrf_token_only(cast: Cast) -> None:
    api, path = Api.with_session(cast.participant), f"boards/{cast.board.slug}/cards"
    refused = api.post(path, new(cast))
    assert refused.status == 403 and refused["type"] == "csrf" and "X-CSRFToken" in refused["detail"]
    assert not Card.objects.exists()
    assert api.post(path, new(cast), headers=csrf(api)).status == 201
    assert api.get(f"boards/{cast.board.slug}").status == 200


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "PUT"])
def test_every_writing_method_is_checked(cast: Cast, method: str) -> None:
    refused = Api.with_session(cast.owner).send(method, f"boards/{cast.board.slug}", {"name": "x"})
    assert refused.status == 403 and refused["type"] == "csrf"


def test_nobody_hears_of_csrf_before_signing_in(cast: Cast) -> None:
    for method in ("GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS"):
        refused = Api().send(method, f"boards/{cast.board.slug}", {"name": "x"})
        assert refused.status == 401 and refused["type"] == "sign-in"
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_bad_token_is_refused_even_beside_a_good_session(cast: Cast) -> None:
    api = Api.with_session(cast.owner)
    assert api.get("boards").status == 200
    for token in ("wrong", "", "ü", "x" * 5000):
        refused = api.get("boards", headers={"Authorization": f"Bearer {token}"})
        assert refused.status == 401 and refused["type"] == "bad-token"


def test_a_token_beats_the_session(cast: Cast, observer: Api) -> None:
    observer.client.force_login(cast.owner)
    assert observer.get("boards")["boards"][0]["role"] == "observer"
    assert observer.post(f"boards/{cast.board.slug}/zones", {"title": "x"}).status == 403


def test_a_proxys_own_authorization_does_not_get_in_the_way(cast: Cast) -> None:
    api = Api.with_session(cast.observer)
    assert api.get("boards", headers={"Authorization": "Basic dXNlcjpwdw=="}).status == 200


def test_revoked_tokens_and_inactive_people_are_out(cast: Cast, owner: Api, observer: Api) -> None:
    assert owner.get("boards").status == observer.get("boards").status == 200
    ApiToken.objects.filter(user=cast.owner).update(revoked_at=timezone.now())
    type(cast.observer).objects.filter(pk=cast.observer.pk).update(is_active=False)
    assert owner.get("boards").status == observer.get("boards").status == 401


def test_a_token_opens_no_page(cast: Cast, owner: Api) -> None:
    page = owner.client.get(f"/boards/{cast.board.slug}/", headers=owner.headers)
    assert page.status_code == 302
    headers = owner.headers | {"Accept": "application/json"}
    written = owner.client.post(f"/boards/{cast.board.slug}/rename/", {"name": "x"}, headers=headers)
    assert written.status_code == 403


def test_another_site_gets_nothing(cast: Cast, owner: Api) -> None:
    response = owner.client.get(ROOT + "boards", headers=owner.headers | {"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_form_of_another_site_is_refused(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.owner)
    for content_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ):
        response = client.post(ROOT + "boards", b'{"name": "x"}', content_type=content_type)
        assert response.status_code == 415
