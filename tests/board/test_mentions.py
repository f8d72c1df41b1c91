from uuid import uuid4

import pytest
from django.test import Client

from board import operations as do
from board.markdown import to_html
from board.models import Mention
from tests.support.cast import Cast


def client_of(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.named(name))
    return client


def names(card_or_reply: str = "") -> list[str]:
    return sorted(Mention.objects.values_list("user__username", flat=True))


def test_members_who_are_named_get_a_line_and_nobody_else(cast: Cast) -> None:
    do.create_card(
        cast.board.slug, cast.owner, uuid4(), "fact", "@observer @stranger @owner a@b.c", cast.zone().uid
    )
    assert names() == ["observer"]


def test_a_name_that_was_there_before_is_not_told_again(cast: Cast) -> None:
    card = cast.card("Ask @observer.")
    do.edit_card(card.uid, cast.participant, uuid4(), {"body": "Ask @observer and @owner."}, 1)
    assert names() == ["observer", "owner"]


def test_the_event_names_who_was_mentioned(cast: Cast) -> None:
    reply = do.add_reply(cast.card().uid, cast.owner, uuid4(), "@Observer, was it you?")
    assert '"mentions":["observer"]' in reply.recorded


def test_the_list_shows_it_until_it_is_seen(cast: Cast) -> None:
    do.add_reply(cast.card().uid, cast.owner, uuid4(), "@observer, was it you?")
    client = client_of(cast, "observer")
    assert 'data-count="1"' in client.get("/").text
    assert "was it you?" in client.get("/mentions/").text
    assert client.post("/mentions/seen/").status_code == 303
    assert 'data-count="0"' in client.get(f"/boards/{cast.board.slug}/").text


def test_who_left_the_board_reads_nothing_of_it(cast: Cast) -> None:
    do.add_reply(cast.card().uid, cast.owner, uuid4(), "@observer, was it you?")
    do.remove_member(cast.board.slug, cast.owner, uuid4(), "observer")
    assert "was it you?" not in client_of(cast, "observer").get("/mentions/").text


def test_anonymous_people_sign_in_first(client: Client, db: None) -> None:
    assert client.get("/mentions/").status_code == client.post("/mentions/seen/").status_code == 302


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Ask @ada.", True),
        ("a@b.c", False),
        ("`@ada`", False),
        ("[@ada](https://example.org)", False),
        ("https://example.org/@ada", False),
    ],
)
def test_names_are_marked_in_the_text(text: str, marked: bool) -> None:
    assert ('<span class="mention">' in to_html(text)) is marked
