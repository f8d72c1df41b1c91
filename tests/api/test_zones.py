from typing import Any
from uuid import uuid4

import pytest

from tests.api.client import Api
from tests.support.cast import Cast


def test_facilitators_add_rename_and_reorder_zones(cast: Cast, facilitator: Api) -> None:
    made = facilitator.post(f"boards/{cast.board.slug}/zones", {"title": "Later"})
    assert made.status == 201 and made["zone"]["purpose"] == "custom"
    path = f"zones/{made['zone']['id']}"
    assert facilitator.patch(path, {"title": "Next week"})["zone"]["title"] == "Next week"
    assert facilitator.patch(path, {"after": None}).status == 200
    zones = facilitator.get(f"boards/{cast.board.slug}")["zones"]
    assert [zone["title"] for zone in zones][0] == "Next week"
    assert facilitator.patch(path, {"after": zones[1]["id"]}).status == 200
    zones = facilitator.get(f"boards/{cast.board.slug}")["zones"]
    assert [zone["title"] for zone in zones][1] == "Next week"


def test_a_foreign_neighbour_is_refused(cast: Cast, facilitator: Api) -> None:
    refused = facilitator.patch(f"zones/{cast.zone().uid}", {"after": str(uuid4())})
    assert refused.status == 422 and "after" in refused["fields"]


@pytest.mark.parametrize("body", [{}, {"title": "x", "after": None}, {"title": None}, {"title": "x" * 121}])
def test_a_zone_changes_one_field_at_a_time(cast: Cast, facilitator: Api, body: Any) -> None:
    assert facilitator.patch(f"zones/{cast.zone().uid}", body).status == 422


def test_a_repeat_after_the_zone_was_taken_back_gives_null(cast: Cast, facilitator: Api) -> None:
    key, path = uuid4(), f"boards/{cast.board.slug}/zones"
    first = facilitator.post(path, {"title": "Later"}, key=key)
    assert facilitator.post(f"boards/{cast.board.slug}/undo").status == 200
    again = facilitator.post(path, {"title": "Later"}, key=key)
    assert again["zone"] is None and again["dup"] is True and again["seq"] == first["seq"]
