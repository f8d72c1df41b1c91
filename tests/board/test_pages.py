"""Pages: what forms answer, what they keep, and what a page may cost."""

import time
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from board import operations as do
from board.models import Card
from collaboration.models import Channel
from tests.board.addresses import TABLE, ask, client_of
from tests.support.cast import Cast


def test_a_refused_card_keeps_the_persons_text(set_up: Cast) -> None:
    fields = {"kind": "gossip", "body": "My long thought", "zone": "{zone}"}
    response = ask(client_of(set_up, "participant"), set_up, "cards/", "POST", fields)
    assert response.status_code == 422
    assert b"My long thought" in response.content
    assert b"Unknown kind" in response.content


def test_several_cards_move_by_a_plain_form_as_one_event(set_up: Cast) -> None:
    client, before = client_of(set_up, "participant"), seq_of(set_up)
    cards = [str(uid) for uid in set_up.board.cards.values_list("uid", flat=True)]
    fields = {"card": cards, "zone": str(set_up.zone("parking").uid), "mid": str(uuid4())}
    page = client.get(f"/boards/{set_up.board.slug}/cards/move/")
    assert all(card in page.text for card in cards)
    assert client.post(f"/boards/{set_up.board.slug}/cards/move/", fields).status_code == 303
    assert seq_of(set_up) == before + 1
    assert set(set_up.board.cards.values_list("zone__purpose", flat=True)) == {"parking"}


def test_a_refused_bulk_move_keeps_what_was_chosen(set_up: Cast) -> None:
    card = str(set_up.__dict__["card_uid"])
    fields = {"card": [card, str(uuid4())], "zone": str(set_up.zone().uid), "mid": str(uuid4())}
    page = client_of(set_up, "owner").post(f"/boards/{set_up.board.slug}/cards/move/", fields)
    assert page.status_code == 422
    assert "Nothing was moved" in page.text and f'value="{card}" checked' in page.text


def seq_of(cast: Cast) -> int:
    return Channel.objects.get(name=cast.board.channel).seq


def test_a_conflict_shows_both_texts(set_up: Cast) -> None:
    card = set_up.__dict__["card_uid"]
    do.edit_card(card, set_up.owner, uuid4(), {"body": "Their words"}, 1)
    fields = {"body": "My words", "base_version": "1"}
    response = ask(client_of(set_up, "participant"), set_up, "cards/{card}/edit/", "POST", fields)
    assert response.status_code == 409
    assert b"Their words" in response.content
    assert b"My words" in response.content


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "a\x00b", "\u202eevil", "👩‍👩‍👧", "x" * 5000, "\r\nSet-Cookie: a"]
)
@pytest.mark.parametrize("path", ["cards/", "zones/", "rename/", "sessions/"])
def test_hostile_text_in_every_form_is_kept_or_refused_in_words(set_up: Cast, path: str, text: str) -> None:
    client = client_of(set_up, "owner")
    fields = {
        name: text if name in {"body", "title", "name"} else value for name, value in TABLE[path][2].items()
    }
    response = ask(
        client,
        set_up,
        path,
        "POST",
        {k: v.replace("{", "{{").replace("}", "}}") if v == text else v for k, v in fields.items()},
    )
    assert response.status_code in {303, 422}
    page = client.get(f"/boards/{set_up.board.slug}/")
    assert page.status_code == 200
    assert b"<script>alert" not in page.content


def test_a_script_gets_json_and_a_repeat_says_so(set_up: Cast) -> None:
    client, mid = client_of(set_up, "participant"), str(uuid4())
    fields = {"kind": "fact", "body": "x", "zone": str(set_up.zone().uid), "mid": mid}
    url = f"/boards/{set_up.board.slug}/cards/"
    first, second = (
        client.post(url, fields, headers={"accept": "application/json"}).json() for _ in range(2)
    )
    assert (first["dup"], second["dup"], first["seq"]) == (False, True, second["seq"])
    assert client.post(url, fields | {"body": "y"}, headers={"accept": "application/json"}).status_code == 422


def test_a_form_without_its_token_is_refused_with_a_sentence(set_up: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(set_up.participant)
    response = ask(client, set_up, "cards/", "POST", TABLE["cards/"][2])
    assert response.status_code == 403
    assert b"reload the page" in response.content


def test_a_join_link_works_once_signed_in_and_not_after_it_is_revoked(set_up: Cast) -> None:
    owner, stranger = client_of(set_up, "owner"), client_of(set_up, "stranger")
    page = owner.get(ask(owner, set_up, "invites/", "POST", {"role": "observer"}).url).text
    path = page.split('value="http://testserver')[1].split('"')[0]
    assert stranger.get(path).status_code == 200
    assert stranger.post(path, {"mid": str(uuid4())}).status_code == 303
    assert stranger.get(f"/boards/{set_up.board.slug}/").status_code == 200
    ask(owner, set_up, "invites/revoke/", "POST", {})
    assert client_of(set_up, "anonymous").get(path).status_code == 404


def test_a_write_takes_at_most_eight_queries(set_up: Cast) -> None:
    do.start_session(set_up.__dict__["session_uid"], set_up.owner, uuid4())
    client = client_of(set_up, "owner")
    for path in ("cards/", "cards/{card}/edit/", "zones/", "rename/"):
        with CaptureQueriesContext(connection) as queries:
            assert ask(client, set_up, path, *TABLE[path][:1], TABLE[path][2]).status_code == 303
        counted = [
            q
            for q in queries.captured_queries
            if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))
        ]
        # The test asks which zone and card it means: one query that is not the page's.
        assert len(counted) - 1 <= 8, [q["sql"][:90] for q in counted]


def test_a_page_with_a_thousand_cards_takes_at_most_twelve_queries(set_up: Cast) -> None:
    zone = set_up.zone()
    rows = [
        Card(
            board=set_up.board,
            zone=zone,
            number=n,
            kind="fact",
            body="x",
            body_html="<p>x</p>",
            rank=f"i{n:07}",
            author=set_up.owner,
        )
        for n in range(10, 1010)
    ]
    Card.objects.bulk_create(rows)
    client = client_of(set_up, "participant")
    client.get(f"/boards/{set_up.board.slug}/")
    with CaptureQueriesContext(connection) as queries:
        began = time.perf_counter()
        response = client.get(f"/boards/{set_up.board.slug}/")
        print(f"page with 1,000 cards: {(time.perf_counter() - began) * 1000:.0f} ms, {len(queries)} queries")
    assert response.content.count(b"<article") == 1002
    assert len(queries) <= 12
