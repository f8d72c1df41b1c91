from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from board import operations as do
from collaboration.models import Channel
from tests.api.client import Api
from tests.support.cast import Cast


def test_everybody_sees_the_boards_they_are_on(cast: Cast, observer: Api, stranger: Api) -> None:
    seq = Channel.objects.get(name=cast.board.channel).seq
    expected = {
        "slug": cast.board.slug,
        "name": "Checkout outage",
        "role": "observer",
        "archived": False,
        "seq": seq,
    }
    assert observer.get("boards")["boards"] == [expected]
    assert stranger.get("boards")["boards"] == []


def test_a_snapshot_shows_the_whole_board_as_of_its_seq(cast: Cast, participant: Api) -> None:
    card = cast.card("One")
    board = participant.get(f"boards/{cast.board.slug}")
    channel = Channel.objects.get(name=cast.board.channel)
    assert (board["epoch"], board["seq"]) == (channel.epoch, channel.seq)
    assert [zone["purpose"] for zone in board["zones"]] == ["active", "parking", "resolved", "unresolved"]
    assert board["zones"][0]["cards"] == [
        {
            "id": str(card.uid),
            "number": 1,
            "kind": "question",
            "body": "One",
            "rank": card.rank,
            "version": 1,
            "author": {"id": str(cast.participant.uid), "name": "Participant"},
            "assignee": None,
            "zone": str(cast.zone().uid),
            "outcome": None,
            "parked": None,
            "standing": None,
            "reactions": {},
            "links": [],
            "replies": 0,
        }
    ]
    assert [member["role"] for member in board["members"]] == [
        "owner",
        "facilitator",
        "participant",
        "observer",
    ]
    assert board["session"] is None


def test_a_snapshot_read_while_somebody_writes_is_read_again(
    cast: Cast, participant: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    people, written = type(cast.board).people, []

    def people_while_writing(board: Any) -> Any:
        if not written:
            written.append(cast.card("Late"))
        return people(board)

    monkeypatch.setattr(type(cast.board), "people", people_while_writing)
    board = participant.get(f"boards/{cast.board.slug}")
    assert board["seq"] == Channel.objects.get(name=cast.board.channel).seq
    assert [card["body"] for card in board["zones"][0]["cards"]] == ["Late"]


def test_reading_a_big_board_takes_few_queries(cast: Cast, participant: Api) -> None:
    for number in range(20):
        cast.card(str(number))
    with CaptureQueriesContext(connection) as queries:
        participant.get(f"boards/{cast.board.slug}")
    assert len(queries) <= 12


def test_a_new_board_answers_with_its_snapshot(stranger: Api) -> None:
    made = stranger.post("boards", {"name": "Retro", "template": "retrospective"})
    assert made.status == 201 and made["seq"] == 1 and made["dup"] is False
    assert len(made["zones"][0]["cards"]) == 4
    assert stranger.get(f"boards/{made['slug']}")["name"] == "Retro"


def test_the_same_key_makes_one_board(stranger: Api) -> None:
    key = uuid4()
    first, again = (stranger.post("boards", {"name": "Retro"}, key=key) for _ in range(2))
    assert again.status == 201 and again["dup"] is True and again["slug"] == first["slug"]
    other = stranger.post("boards", {"name": "Other"}, key=key)
    assert other.status == 422 and other["type"] == "key-reused"
    assert len(stranger.get("boards")["boards"]) == 1


def test_an_unknown_template_is_refused(stranger: Api) -> None:
    assert stranger.post("boards", {"name": "x", "template": "party"}).status == 422


def test_owners_rename_archive_and_bring_back(cast: Cast, owner: Api) -> None:
    path = f"boards/{cast.board.slug}"
    renamed = owner.patch(path, {"name": "Outage, reviewed"})
    assert renamed.status == 200 and renamed["board"]["name"] == "Outage, reviewed"
    assert owner.patch(path, {"archived": True})["board"]["archived"] is True
    refused = owner.post(f"{path}/zones", {"title": "Later"})
    assert refused.status == 403 and refused["type"] == "archived"
    assert owner.patch(path, {"archived": False})["board"]["archived"] is False
    assert owner.post(f"{path}/zones", {"title": "Later"}).status == 201


@pytest.mark.parametrize(
    "body", [{}, {"name": "x", "archived": True}, {"colour": "red"}, {"archived": "yes"}]
)
def test_a_board_changes_one_known_field_at_a_time(cast: Cast, owner: Api, body: Any) -> None:
    assert owner.patch(f"boards/{cast.board.slug}", body).status == 422


def test_an_archived_board_is_still_readable(cast: Cast, observer: Api) -> None:
    do.archive_board(cast.board.slug, cast.owner, uuid4())
    assert observer.get(f"boards/{cast.board.slug}")["archived"] is True
    assert observer.get("boards")["boards"][0]["archived"] is True


def test_a_lost_database_is_told_with_a_time_to_wait(
    cast: Cast, observer: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*args: Any) -> Any:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr("board.api.boards.seats_of", lost)
    answer = observer.get("boards")
    assert answer.status == 503 and answer.headers["Retry-After"] == "2" and "closed" not in answer["detail"]
