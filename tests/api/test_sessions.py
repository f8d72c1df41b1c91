from typing import Any
from uuid import uuid4

import pytest

from tests.api.client import Api
from tests.support.cast import Cast


def plan(api: Api, cast: Cast, **body: Any) -> str:
    made = api.post(f"boards/{cast.board.slug}/sessions", body)
    assert made.status == 201 and made["session"]["status"] == "scheduled"
    return str(made["session"]["id"])


def test_a_session_runs_pauses_and_ends(cast: Cast, facilitator: Api) -> None:
    path = f"sessions/{plan(facilitator, cast, title='Review')}"
    for verb, status in [("start", "live"), ("pause", "paused"), ("resume", "live"), ("end", "ended")]:
        done = facilitator.post(f"{path}/{verb}")
        assert done.status == 200 and done["session"]["status"] == status
    assert facilitator.post(f"{path}/start")["type"] == "session-state"


def test_a_board_shows_its_running_session_and_has_only_one(
    cast: Cast, facilitator: Api, observer: Api
) -> None:
    one, two = plan(facilitator, cast), plan(facilitator, cast)
    facilitator.post(f"sessions/{one}/start")
    refused = facilitator.post(f"sessions/{two}/start")
    assert refused.status == 409 and refused["type"] == "session-state"
    session = observer.get(f"boards/{cast.board.slug}")["session"]
    assert session["id"] == one and session["started_by"]["name"] == "Facilitator"


def test_a_session_tells_who_took_part(cast: Cast, facilitator: Api, observer: Api) -> None:
    uid = plan(facilitator, cast, title="Review")
    facilitator.post(f"sessions/{uid}/start")
    cast.card()
    found = observer.get(f"sessions/{uid}")
    assert found["session"]["title"] == "Review" and found["board"] == cast.board.slug
    assert {"id": str(cast.participant.uid), "name": "Participant"} in found["participants"]


def test_a_repeated_start_starts_once(cast: Cast, facilitator: Api) -> None:
    uid, key = plan(facilitator, cast), uuid4()
    first, again = (facilitator.post(f"sessions/{uid}/start", key=key) for _ in range(2))
    assert again.status == 200 and again["dup"] is True and again["seq"] == first["seq"]


def test_an_unknown_session_is_not_found(cast: Cast, facilitator: Api) -> None:
    assert facilitator.get(f"sessions/{uuid4()}").status == 404
    assert facilitator.post(f"sessions/{uuid4()}/end").status == 404


@pytest.mark.parametrize("title", [None, 5, "x" * 121, "a\x00b"])
def test_a_wrong_title_is_refused(cast: Cast, facilitator: Api, title: Any) -> None:
    assert facilitator.post(f"boards/{cast.board.slug}/sessions", {"title": title}).status == 422
