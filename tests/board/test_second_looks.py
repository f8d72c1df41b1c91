"""What people run into when they come late, twice or from elsewhere."""

from uuid import uuid4

import pytest
from django.test import Client

from board import operations as do
from board.operations.errors import Conflict, Invalid
from collaboration.models import Channel
from tests.support.cast import Cast


def client_of(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.named(name))
    return client


def seq(cast: Cast) -> int:
    return Channel.objects.get(name=cast.board.channel).seq


def test_a_join_link_clicked_twice_joins_once(cast: Cast) -> None:
    client = client_of(cast, "owner")
    page = client.post(f"/boards/{cast.board.slug}/invites/", {"role": "observer", "mid": str(uuid4())})
    token = page.text.split("/join/")[1].split("/")[0]
    before = seq(cast)
    assert client.post(f"/join/{token}/", {"mid": str(uuid4())}).status_code == 303
    assert seq(cast) == before


def test_undo_skips_what_ones_role_may_not_take_back(cast: Cast) -> None:
    with pytest.raises(Conflict):
        do.undo(cast.board.slug, cast.observer, uuid4())


def test_a_boards_address_changes_no_other_board(cast: Cast) -> None:
    other = do.create_board(cast.owner, uuid4(), "Other").object
    zone = other.zones.first()
    fields = {"title": "Crossed", "mid": str(uuid4())}
    answer = client_of(cast, "owner").post(f"/boards/{cast.board.slug}/zones/{zone.uid}/rename/", fields)
    assert answer.status_code == 404
    zone.refresh_from_db()
    assert zone.title != "Crossed"


def test_a_version_from_the_future_overwrites_nothing(cast: Cast) -> None:
    card = cast.card()
    with pytest.raises(Invalid):
        do.edit_card(card.uid, cast.owner, uuid4(), {"body": "x"}, 77)


@pytest.mark.parametrize("text", ["\u200b", "\u202e\ufeff", " \u2060 "])
def test_text_that_nobody_sees_is_no_card(cast: Cast, text: str) -> None:
    with pytest.raises(Invalid):
        cast.card(text)


def test_text_for_a_card_deleted_meanwhile_is_shown_again(cast: Cast) -> None:
    card = cast.card()
    do.delete_card(card.uid, cast.owner, uuid4())
    for verb, more in (("edit", {"base_version": "1"}), ("replies", {})):
        fields = {"body": "Not lost", "mid": str(uuid4())} | more
        page = client_of(cast, "participant").post(
            f"/boards/{cast.board.slug}/cards/{card.uid}/{verb}/", fields
        )
        assert page.status_code == 404 and "Not lost" in page.text


def test_text_for_a_zone_that_is_gone_stands_in_another_composer(cast: Cast) -> None:
    fields = {"kind": "fact", "body": "Not lost", "zone": str(uuid4()), "mid": str(uuid4())}
    page = client_of(cast, "participant").post(f"/boards/{cast.board.slug}/cards/", fields)
    assert page.status_code == 422 and "Not lost" in page.text
