"""What somebody types waits for them on the server, too; for nobody else."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from board.models import Draft
from board.operations import create_board, remove_member
from board.operations.drafts import MOST, TEXT_LENGTH
from collaboration.models import CollaborationEvent
from tests.board.addresses import client_of
from tests.support.cast import Cast

SESSION = "session"


def put(client: Client, cast: Cast, text: Any, place: str = SESSION) -> Any:
    body = json.dumps({"text": text})
    return client.put(url(cast, place), body, "application/json", headers={"Accept": "application/json"})


def url(cast: Cast, place: str = SESSION) -> str:
    return f"/boards/{cast.board.slug}/drafts/{place}/"


def texts(cast: Cast, who: str = "participant") -> dict[str, str]:
    return dict(Draft.objects.filter(person=cast.named(who)).values_list("place", "text"))


def test_a_draft_is_kept_replaced_and_taken_away(cast: Cast) -> None:
    client, place = client_of(cast, "participant"), f"composer-{cast.zone().uid}"
    before = CollaborationEvent.objects.count()
    assert put(client, cast, "Half a", place).status_code == 204
    assert put(client, cast, "Half a thought", place).status_code == 204
    assert texts(cast) == {place: "Half a thought"}
    assert client.delete(url(cast, place)).status_code == 204
    assert client.delete(url(cast, place)).status_code == 204
    assert (texts(cast), CollaborationEvent.objects.count()) == ({}, before)


def test_an_empty_text_is_no_draft(cast: Cast) -> None:
    client = client_of(cast, "participant")
    put(client, cast, "x")
    assert put(client, cast, "").status_code == 204
    assert texts(cast) == {}


@pytest.mark.parametrize("text", [None, 7, ["x"], "a\0b", "x" * (TEXT_LENGTH + 1)])
def test_what_is_no_draft_is_refused_and_the_last_one_stays(cast: Cast, text: Any) -> None:
    client = client_of(cast, "participant")
    put(client, cast, "x" * TEXT_LENGTH)
    assert put(client, cast, text).status_code == 422
    assert texts(cast) == {SESSION: "x" * TEXT_LENGTH}


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"\xff", b"[" * 60_000])
def test_rubbish_is_refused(cast: Cast, body: bytes) -> None:
    assert client_of(cast, "participant").put(url(cast), body, "application/json").status_code == 422


@pytest.mark.parametrize("place", ["Composer", "composer-1", "a b", "x" * 65, "composer-x:sent"])
def test_a_place_is_a_field_of_the_page(cast: Cast, place: str) -> None:
    assert put(client_of(cast, "participant"), cast, "x", place).status_code == 422
    assert texts(cast) == {}


@pytest.mark.parametrize(("who", "status"), [("anonymous", 401), ("stranger", 404), ("observer", 204)])
def test_members_only_and_only_their_own(cast: Cast, who: str, status: int) -> None:
    put(client_of(cast, "participant"), cast, "Mine")
    client = client_of(cast, who)
    assert put(client, cast, "Theirs").status_code == status
    assert client.delete(url(cast), headers={"Accept": "application/json"}).status_code == status
    assert texts(cast) == {SESSION: "Mine"}
    for other in ("observer", "owner"):
        assert "Mine" not in client_of(cast, other).get(f"/boards/{cast.board.slug}/").text


def test_without_its_csrf_token_nothing_is_kept(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.participant)
    assert put(client, cast, "x").status_code == 403
    assert client.delete(url(cast)).status_code == 403


def test_the_page_brings_it_back_as_text(cast: Cast) -> None:
    client, card = client_of(cast, "participant"), cast.card()
    put(client, cast, "<b>Half</b>\n a thought", f"reply-{card.uid}")
    for page in ("", f"cards/{card.uid}/"):
        shown = client.get(f"/boards/{cast.board.slug}/{page}").text
        told = f'<i data-place="reply-{card.uid}">&lt;b&gt;Half&lt;/b&gt;\n a thought</i>'
        assert shown.count(told) == 1


def test_a_page_with_drafts_takes_no_more_queries(cast: Cast) -> None:
    client = client_of(cast, "participant")

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/boards/{cast.board.slug}/")
        return len(queries)

    asked()
    before = asked()
    for number in range(3):
        put(client, cast, "x", f"reply-{uuid4()}" if number else SESSION)
    assert asked() == before


def test_a_draft_of_another_board_stays_there(cast: Cast) -> None:
    other = create_board(cast.participant, uuid4(), "Another").object
    put(client_of(cast, "participant"), cast, "Only there")
    assert "Only there" not in client_of(cast, "participant").get(f"/boards/{other.slug}/").text


def test_what_was_sent_waits_no_more(set_up: Cast) -> None:
    cast, client = set_up, client_of(set_up, "owner")
    card, reply, zone = cast.__dict__["card_uid"], cast.__dict__["reply_uid"], cast.zone().uid
    sent = {
        f"composer-{zone}": ("cards/", {"kind": "fact", "body": "x", "zone": zone}),
        f"reply-{card}": (f"cards/{card}/replies/", {"body": "x"}),
        f"rewrite-{reply}": (f"cards/{card}/replies/{reply}/edit/", {"body": "x", "base_version": 1}),
        f"edit-{card}": (f"cards/{card}/edit/", {"body": "x", "base_version": 1}),
        f"park-{card}": (f"cards/{card}/park/", {"reason": "x", "until": ""}),
        f"resolve-{card}": (f"cards/{card}/resolve/", {"kind": "answer", "statement": "x"}),
        SESSION: ("sessions/", {"title": "x"}),
    }
    for place in sent:
        put(client, cast, "waits", place)
    for place, (path, fields) in sent.items():
        assert place in texts(cast, "owner")
        answer = client.post(f"/boards/{cast.board.slug}/{path}", {**fields, "mid": uuid4(), "drafted": "1"})
        assert answer.status_code == 303, path
        assert place not in texts(cast, "owner")


def test_a_write_with_nothing_saved_asks_nothing_of_drafts(set_up: Cast) -> None:
    client = client_of(set_up, "owner")
    fields = {"kind": "fact", "body": "x", "zone": set_up.zone().uid}
    for drafted in ({}, {"drafted": "1"}):
        with CaptureQueriesContext(connection) as queries:
            client.post(f"/boards/{set_up.board.slug}/cards/", {**fields, **drafted, "mid": uuid4()})
        about = [query for query in queries if "board_draft" in query["sql"]]
        assert len(about) == len(drafted)


def test_what_was_refused_still_waits(set_up: Cast) -> None:
    client, place = client_of(set_up, "owner"), f"composer-{set_up.zone().uid}"
    put(client, set_up, "waits", place)
    fields = {"kind": "fact", "body": " ", "zone": set_up.zone().uid, "mid": uuid4(), "drafted": "1"}
    answer = client.post(f"/boards/{set_up.board.slug}/cards/", fields)
    assert (answer.status_code, texts(set_up, "owner")) == (422, {place: "waits"})
    assert 'id="drafts"' not in answer.text


def test_the_newest_fifty_of_a_person_are_kept(cast: Cast) -> None:
    client = client_of(cast, "participant")
    put(client_of(cast, "owner"), cast, "Somebody else's")
    places = [f"reply-{uuid4()}" for _ in range(MOST + 2)]
    for place in places:
        put(client, cast, "x", place)
    put(client, cast, "y", places[2])
    assert set(texts(cast)) == set(places[2:])
    assert texts(cast, "owner") == {SESSION: "Somebody else's"}


def test_after_thirty_days_it_is_gone(cast: Cast) -> None:
    client = client_of(cast, "participant")
    put(client, cast, "Long ago")
    Draft.objects.update(updated_at=timezone.now() - timedelta(days=30, seconds=1))
    assert "Long ago" not in client.get(f"/boards/{cast.board.slug}/").text
    put(client_of(cast, "owner"), cast, "Today")
    assert texts(cast) == {}


def test_who_left_finds_nothing_and_keeps_nothing(cast: Cast) -> None:
    client = client_of(cast, "participant")
    put(client, cast, "x")
    remove_member(cast.board.slug, cast.owner, uuid4(), "participant")
    assert put(client, cast, "y").status_code == 404
    assert client.get(f"/boards/{cast.board.slug}/").status_code == 404
