"""What people run into when they come late, twice or from elsewhere."""

from uuid import uuid4

import pytest
from django.test import Client

from board import operations as do
from board.access import board_for
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
    form = {"role": "observer", "mid": str(uuid4())}
    page = client.post(f"/boards/{cast.board.slug}/invites/", form, follow=True)
    token = page.text.split("/join/")[1].split("/")[0]
    before = seq(cast)
    assert client.post(f"/join/{token}/", {"mid": str(uuid4())}).status_code == 303
    assert seq(cast) == before


def test_nobody_undoes_their_own_joining_with_the_button(cast: Cast) -> None:
    token = do.create_invite(board_for(cast.owner, cast.board.slug), cast.owner, "participant")
    do.join_board(token, cast.stranger, uuid4())
    do.change_role(cast.board.slug, cast.owner, uuid4(), "stranger", "facilitator")
    with pytest.raises(Conflict, match="nothing of yours"):
        do.undo(cast.board.slug, cast.stranger, uuid4())
    assert cast.board.memberships.filter(user=cast.stranger).exists()


def test_joining_again_is_refused_under_the_lock(cast: Cast) -> None:
    token = do.create_invite(board_for(cast.owner, cast.board.slug), cast.owner, "observer")
    before = seq(cast)
    with pytest.raises(Conflict, match="already"):
        do.join_board(token, cast.participant, uuid4())
    assert seq(cast) == before


def test_undo_skips_what_ones_role_no_longer_takes_back(cast: Cast) -> None:
    do.create_card(cast.board.slug, cast.facilitator, uuid4(), "fact", "Mine", cast.zone().uid)
    do.create_zone(cast.board.slug, cast.facilitator, uuid4(), "Later")
    do.change_role(cast.board.slug, cast.owner, uuid4(), "facilitator", "participant")
    do.undo(cast.board.slug, cast.facilitator, uuid4())
    assert not cast.board.cards.on_board().exists()
    assert cast.board.zones.filter(title="Later").exists()


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
