from typing import Any
from uuid import uuid4

import pytest

from tests.api.client import Api
from tests.support.cast import Cast


def test_adding_changing_and_removing(cast: Cast, owner: Api, stranger: Api) -> None:
    path = f"boards/{cast.board.slug}/members"
    added = owner.post(path, {"username": "stranger", "role": "observer"})
    assert added.status == 201
    assert added["member"] == {
        "id": str(cast.stranger.uid),
        "username": "stranger",
        "name": "Stranger",
        "role": "observer",
    }
    assert stranger.get(f"boards/{cast.board.slug}").status == 200
    assert owner.patch(f"{path}/stranger", {"role": "facilitator"})["member"]["role"] == "facilitator"
    removed = owner.delete(f"{path}/stranger")
    assert removed.status == 200 and removed["member"] is None
    assert stranger.get(f"boards/{cast.board.slug}").status == 404


def test_a_repeat_shows_the_membership_as_it_is_now(cast: Cast, owner: Api) -> None:
    key, path = uuid4(), f"boards/{cast.board.slug}/members"
    first = owner.post(path, {"username": "stranger", "role": "observer"}, key=key)
    owner.patch(f"{path}/stranger", {"role": "participant"})
    again = owner.post(path, {"username": "stranger", "role": "observer"}, key=key)
    assert again["dup"] is True and again["seq"] == first["seq"] and again["member"]["role"] == "participant"
    owner.delete(f"{path}/stranger")
    assert owner.post(path, {"username": "stranger", "role": "observer"}, key=key)["member"] is None


def test_facilitators_add_participants_and_observers_only(cast: Cast, facilitator: Api) -> None:
    path = f"boards/{cast.board.slug}/members"
    assert facilitator.post(path, {"username": "stranger", "role": "owner"}).status == 403
    assert facilitator.post(path, {"username": "stranger", "role": "participant"}).status == 201


def test_the_last_owner_stays(cast: Cast, owner: Api) -> None:
    path = f"boards/{cast.board.slug}/members/owner"
    for refused in (owner.delete(path), owner.patch(path, {"role": "observer"})):
        assert refused.status == 409 and refused["type"] == "last-owner"


def test_everybody_may_leave(cast: Cast, observer: Api) -> None:
    assert observer.delete(f"boards/{cast.board.slug}/members/observer").status == 200
    assert observer.get(f"boards/{cast.board.slug}").status == 404


@pytest.mark.parametrize(
    "body",
    [
        {"username": "nobody", "role": "observer"},
        {"username": "observer", "role": "observer"},
        {"username": "a\x00b", "role": "observer"},
        {"username": "stranger", "role": "admin"},
        {"username": "stranger"},
        {"username": ["stranger"], "role": "observer"},
    ],
)
def test_a_wrong_person_or_role_is_refused(cast: Cast, owner: Api, body: Any) -> None:
    assert owner.post(f"boards/{cast.board.slug}/members", body).status == 422


@pytest.mark.parametrize("username", ["stranger", "nobody", "%00", "a%0Ab", "x" * 300, "%ED%A0%80"])
def test_somebody_who_is_not_there_is_not_found(cast: Cast, owner: Api, username: str) -> None:
    assert owner.delete(f"boards/{cast.board.slug}/members/{username}").status == 404
