from typing import Any
from uuid import uuid4

import pytest

from tests.api.client import Api
from tests.support.cast import Cast


def test_my_last_change_is_taken_back_and_brought_back(cast: Cast, participant: Api) -> None:
    card = cast.card("Old")
    edited = participant.patch(f"cards/{card.uid}", {"body": "New", "base_version": 1})
    undone = participant.post(f"boards/{cast.board.slug}/undo")
    assert undone.status == 200 and undone["event"]["data"]["undoes"] == edited["seq"]
    card.refresh_from_db()
    assert card.body == "Old"
    redone = participant.post(f"boards/{cast.board.slug}/undo", {"seq": undone["seq"]})
    card.refresh_from_db()
    assert redone.status == 200 and card.body == "New"


def test_twice_and_changed_since_are_told_apart(cast: Cast, participant: Api, facilitator: Api) -> None:
    path, undo = f"cards/{cast.card().uid}", f"boards/{cast.board.slug}/undo"
    first = participant.patch(path, {"body": "Mine", "base_version": 1})
    facilitator.patch(path, {"body": "Theirs", "base_version": 2})
    changed_since = participant.post(undo, {"seq": first["seq"]})
    assert changed_since.status == 409 and changed_since["type"] == "conflict"
    assert changed_since["current"] == {"body": "Theirs"} and changed_since["card"] == path.removeprefix(
        "cards/"
    )
    second = participant.patch(path, {"kind": "fact", "base_version": 3})
    assert participant.post(undo, {"seq": second["seq"]}).status == 200
    assert participant.post(undo, {"seq": second["seq"]})["type"] == "already-undone"


def test_others_changes_are_theirs(cast: Cast, participant: Api, facilitator: Api) -> None:
    made = facilitator.post(f"boards/{cast.board.slug}/zones", {"title": "Later"})
    assert participant.post(f"boards/{cast.board.slug}/undo", {"seq": made["seq"]}).status == 403


def test_a_repeated_undo_undoes_once(cast: Cast, participant: Api) -> None:
    cast.card("One")
    key, path = uuid4(), f"boards/{cast.board.slug}/undo"
    cast.card("Two")
    first, again = participant.post(path, key=key), participant.post(path, key=key)
    assert again["dup"] is True and again["seq"] == first["seq"] and again["event"] == first["event"]


@pytest.mark.parametrize(("seq", "status"), [(10**6, 404), (0, 422), ("1", 422), (None, 422), (10**30, 422)])
def test_a_wrong_seq_is_refused(cast: Cast, participant: Api, seq: Any, status: int) -> None:
    assert participant.post(f"boards/{cast.board.slug}/undo", {"seq": seq}).status == status


def test_nothing_to_undo_is_said(cast: Cast, observer: Api) -> None:
    refused = observer.post(f"boards/{cast.board.slug}/undo")
    assert refused.status == 409 and refused["detail"]
