from typing import Any
from uuid import uuid4

import pytest

from board.models import Card
from tests.api.client import Api
from tests.support.cast import Cast


def move(api: Api, card: Card, zone: Any, after: Any, version: int = 1, **options: Any) -> Any:
    body = {"zone": str(zone), "after": after and str(after), "base_version": version}
    return api.post(f"cards/{card.uid}/move", body, **options)


def test_a_card_goes_to_the_top_or_after_another(cast: Cast, participant: Api) -> None:
    one, two, three = cast.card("1"), cast.card("2"), cast.card("3")
    moved = move(participant, three, cast.zone().uid, None)
    assert moved.status == 200 and "placed" not in moved.body
    move(participant, one, cast.zone().uid, two.uid)
    assert [card.body for card in Card.objects.in_order()] == ["3", "2", "1"]


def test_after_a_card_that_is_elsewhere_or_deleted_means_the_end(cast: Cast, participant: Api) -> None:
    one, two, three = cast.card("1"), cast.card("2"), cast.card("3")
    assert move(participant, one, cast.zone("parking").uid, two.uid)["placed"] == "end"
    participant.delete(f"cards/{two.uid}")
    assert move(participant, three, cast.zone("parking").uid, two.uid)["placed"] == "end"


@pytest.mark.parametrize("field", ["zone", "after"])
def test_foreign_ids_are_refused(cast: Cast, participant: Api, field: str) -> None:
    target = {"zone": cast.zone().uid, "after": None, field: uuid4()}
    refused = move(participant, cast.card(), target["zone"], target["after"])
    assert refused.status == 422 and list(refused["fields"]) == [field]


def test_only_a_move_conflicts_with_a_move(cast: Cast, participant: Api, facilitator: Api) -> None:
    card, parking, resolved = cast.card(), cast.zone("parking").uid, cast.zone("resolved").uid
    participant.patch(f"cards/{card.uid}", {"body": "New", "base_version": 1})
    assert move(participant, card, parking, None).status == 200
    refused = move(facilitator, card, resolved, None)
    assert refused.status == 409 and refused["type"] == "conflict"
    assert refused["current"]["zone"] == str(parking) and refused["yours"]["zone"] == str(resolved)
    assert participant.patch(f"cards/{card.uid}", {"kind": "fact", "base_version": 1}).status == 200


def test_a_repeated_move_moves_once(cast: Cast, participant: Api) -> None:
    card, key = cast.card(), uuid4()
    first = move(participant, card, cast.zone("parking").uid, None, key=key)
    again = move(participant, card, cast.zone("parking").uid, None, key=key)
    assert again["dup"] is True and again["seq"] == first["seq"]
    assert again["card"]["version"] == 2


@pytest.mark.parametrize("missing", ["zone", "after", "base_version"])
def test_every_field_of_a_move_is_needed(cast: Cast, participant: Api, missing: str) -> None:
    body = {"zone": str(cast.zone().uid), "after": None, "base_version": 1}
    del body[missing]
    refused = participant.post(f"cards/{cast.card().uid}/move", body)
    assert refused.status == 422 and list(refused["fields"]) == [missing]
