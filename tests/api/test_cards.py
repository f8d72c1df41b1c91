from typing import Any
from uuid import uuid4

import pytest

from board.models import Card
from collaboration.models import CollaborationEvent
from tests.api.client import Api
from tests.support.cast import Cast


def new(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {"kind": "fact", "body": "It began at 9.", "zone": str(cast.zone().uid), **changes}


def test_a_new_card_goes_to_the_end_of_its_zone(cast: Cast, participant: Api) -> None:
    path = f"boards/{cast.board.slug}/cards"
    one, two = participant.post(path, new(cast)), participant.post(path, new(cast, kind="accusation"))
    assert one.status == 201 and one["dup"] is False and two["seq"] == one["seq"] + 1
    assert one["card"]["rank"] < two["card"]["rank"]
    assert two["card"]["kind"] == "claim"


def test_one_accepted_write_is_one_event(cast: Cast, participant: Api) -> None:
    before = CollaborationEvent.objects.count()
    made = participant.post(f"boards/{cast.board.slug}/cards", new(cast))
    card = made["card"]
    participant.patch(f"cards/{card['id']}", {"body": card["body"], "base_version": 1})
    assert CollaborationEvent.objects.count() == before + 2


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "rumour"},
        {"kind": None},
        {"kind": 7},
        {"body": ""},
        {"body": " \n "},
        {"body": "x" * 4001},
        {"body": "a\x00b"},
        {"body": ["x"]},
        {"zone": str(uuid4())},
        {"zone": "active"},
        {"zone": 3},
        {"colour": "red"},
    ],
)
def test_a_wrong_value_is_refused_by_name(cast: Cast, participant: Api, changes: dict[str, Any]) -> None:
    refused = participant.post(f"boards/{cast.board.slug}/cards", new(cast, **changes))
    assert refused.status == 422 and refused["type"] == "invalid" and refused["detail"]
    assert list(refused["fields"]) == list(changes)


@pytest.mark.parametrize(
    "body",
    ["<script>alert(1)</script>", "\u202eabc\u202c", "👩‍👩‍👧‍👦 🏳️‍🌈", "a\r\nb", "x" * 4000, "\ufeffbom"],
)
def test_odd_text_is_kept_as_text(cast: Cast, participant: Api, body: str) -> None:
    made = participant.post(f"boards/{cast.board.slug}/cards", new(cast, body=body))
    assert made["card"]["body"] == body.replace("\r\n", "\n")
    assert "<script" not in Card.objects.get().body_html


def test_fields_change_and_the_version_counts(cast: Cast, participant: Api) -> None:
    path = f"cards/{cast.card().uid}"
    changed = participant.patch(
        path, {"body": "New", "kind": "guess", "assignee": "observer", "base_version": 1}
    )
    assert changed.status == 200 and changed["card"]["version"] == 2
    assert changed["card"]["assignee"] == {"id": str(cast.observer.uid), "name": "Observer"}
    freed = participant.patch(path, {"assignee": None, "base_version": 2})
    assert freed["card"]["assignee"] is None


def test_only_the_same_field_conflicts(cast: Cast, participant: Api, facilitator: Api) -> None:
    path = f"cards/{cast.card('Old').uid}"
    assert participant.patch(path, {"body": "Theirs", "base_version": 1}).status == 200
    other_field = facilitator.patch(path, {"kind": "fact", "base_version": 1})
    assert other_field.status == 200 and other_field["card"]["body"] == "Theirs"
    refused = facilitator.patch(path, {"body": "Mine", "base_version": 1})
    assert refused.status == 409 and refused["type"] == "conflict"
    assert refused["current"]["body"] == "Theirs" and refused["yours"] == {"body": "Mine"}
    assert facilitator.patch(path, {"body": "Mine", "base_version": 2}).status == 200


@pytest.mark.parametrize(
    ("field", "theirs", "mine"),
    [("body", "Theirs", "Mine"), ("kind", "fact", "guess"), ("assignee", "observer", "owner")],
)
def test_every_field_conflicts_on_its_own(
    cast: Cast, participant: Api, facilitator: Api, field: str, theirs: str, mine: str
) -> None:
    path = f"cards/{cast.card().uid}"
    assert participant.patch(path, {field: theirs, "base_version": 1}).status == 200
    refused = facilitator.patch(path, {field: mine, "base_version": 1})
    assert refused.status == 409 and list(refused["yours"]) == [field] and field in refused["current"]


@pytest.mark.parametrize("version", [None, 0, -1, "1", 1.0, True, 2**31, 10**30])
def test_a_base_version_is_a_whole_number(cast: Cast, participant: Api, version: Any) -> None:
    refused = participant.patch(f"cards/{cast.card().uid}", {"body": "x", "base_version": version})
    assert refused.status == 422


def test_an_edit_without_a_field_or_a_base_version_is_refused(cast: Cast, participant: Api) -> None:
    path = f"cards/{cast.card().uid}"
    assert participant.patch(path, {"base_version": 1}).status == 422
    assert participant.patch(path, {"body": "x"}).status == 422


def test_only_members_are_given_a_card(cast: Cast, participant: Api) -> None:
    refused = participant.patch(f"cards/{cast.card().uid}", {"assignee": "stranger", "base_version": 1})
    assert refused.status == 422 and "assignee" in refused["fields"]


def test_deleting_and_restoring(cast: Cast, participant: Api) -> None:
    path = f"cards/{cast.card().uid}"
    gone = participant.delete(path)
    assert gone.status == 200 and gone["card"] is None
    assert participant.delete(path).status == 404
    back = participant.post(f"{path}/restore")
    assert back.status == 200 and back["card"]["id"] in path


def test_others_cards_are_deleted_by_facilitators_only(
    cast: Cast, participant: Api, facilitator: Api
) -> None:
    path = f"cards/{cast.card(by=cast.owner).uid}"
    assert participant.delete(path).status == 403
    assert facilitator.delete(path).status == 200
    assert participant.post(f"{path}/restore").status == 403


def test_a_repeat_answers_as_the_first_time(cast: Cast, participant: Api) -> None:
    key, path = uuid4(), f"boards/{cast.board.slug}/cards"
    first = participant.post(path, new(cast), key=key)
    participant.patch(f"cards/{first['card']['id']}", {"body": "Later", "base_version": 1})
    again = participant.post(path, new(cast), key=str(key).upper())
    assert again.status == 201 and again["dup"] is True and again["seq"] == first["seq"]
    assert again["card"]["body"] == "Later"
    assert Card.objects.count() == 1


def test_a_repeat_after_the_delete_gives_null(cast: Cast, participant: Api) -> None:
    key, path = uuid4(), f"boards/{cast.board.slug}/cards"
    first = participant.post(path, new(cast), key=key)
    participant.delete(f"cards/{first['card']['id']}")
    again = participant.post(path, new(cast), key=key)
    assert again["card"] is None and again["dup"] is True and again["seq"] == first["seq"]


def test_a_key_is_looked_up_before_the_base_version(cast: Cast, participant: Api, facilitator: Api) -> None:
    key, path = uuid4(), f"cards/{cast.card().uid}"
    change = {"body": "Mine", "base_version": 1}
    first = participant.patch(path, change, key=key)
    facilitator.patch(path, {"body": "Theirs", "base_version": 2})
    again = participant.patch(path, change, key=key)
    assert again.status == 200 and again["dup"] is True and again["seq"] == first["seq"]
    assert again["card"]["body"] == "Theirs"


def test_a_key_belongs_to_one_request_of_one_person(cast: Cast, participant: Api, facilitator: Api) -> None:
    key, path = uuid4(), f"boards/{cast.board.slug}/cards"
    participant.post(path, new(cast), key=key)
    assert participant.post(path, new(cast, body="Other"), key=key)["type"] == "key-reused"
    assert facilitator.post(path, new(cast), key=key).status == 422
    assert Card.objects.count() == 1


@pytest.mark.parametrize("key", ["", "7", "not-a-uuid", "{00000000-0000-4000-8000-000000000000}"])
def test_a_write_without_a_key_is_refused(cast: Cast, participant: Api, key: str) -> None:
    headers = {"Idempotency-Key": key} if key else {}
    refused = participant.post(f"boards/{cast.board.slug}/cards", new(cast), key="", headers=headers)
    assert refused.status == 400 and refused["type"] == "idempotency-key" and "UUID" in refused["detail"]
