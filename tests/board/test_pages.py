"""Pages: every address for every role, what forms answer, and what a page may cost."""

import time
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from board import operations as do
from board.models import Card
from collaboration.models import Channel
from tests.support.cast import Cast

ROLES = ("anonymous", "stranger", "observer", "participant", "facilitator", "owner")
# Address below the board -> method, and the status for each of the ROLES in order.
READ = (302, 404, 200, 200, 200, 200)
EDIT = (302, 404, 403, 303, 303, 303)
FACILITATE = (302, 404, 403, 403, 303, 303)
OWN = (302, 404, 403, 403, 403, 303)
TABLE: dict[str, tuple[str, tuple[int, ...], dict[str, str]]] = {
    "": ("GET", READ, {}),
    "settings/": ("GET", READ, {}),
    "activity/": ("GET", READ, {}),
    "export/": ("GET", READ, {}),
    "trash/": ("GET", READ, {}),
    "cards/move/": ("POST", EDIT, {"card": "{card}", "zone": "{zone}"}),
    "cards/{card}/": ("GET", READ, {}),
    "sessions/{session}/": ("GET", READ, {}),
    "cards/": ("POST", EDIT, {"kind": "fact", "body": "x", "zone": "{zone}"}),
    "cards/{card}/edit/": ("POST", EDIT, {"body": "y", "base_version": "1"}),
    "cards/{card}/move/": ("POST", EDIT, {"zone": "{zone}", "after": "", "base_version": "1"}),
    "cards/{card}/delete/": ("POST", (302, 404, 403, 403, 303, 303), {}),
    "cards/{card}/restore/": ("POST", (302, 404, 403, 403, 303, 303), {}),
    "cards/{card}/replies/": ("POST", EDIT, {"body": "Why?"}),
    "cards/{card}/replies/{reply}/edit/": (
        "POST",
        (302, 404, 403, 403, 403, 303),
        {"body": "z", "base_version": "1"},
    ),
    "cards/{card}/replies/{reply}/delete/": ("POST", (302, 404, 403, 403, 303, 303), {}),
    "cards/{card}/replies/{reply}/restore/": ("POST", (302, 404, 403, 403, 303, 303), {}),
    "cards/{card}/replies/{reply}/resolve/": ("POST", EDIT, {}),
    "cards/{card}/replies/{reply}/reopen/": ("POST", EDIT, {}),
    "cards/{card}/replies/{reply}/promote/": ("POST", EDIT, {"kind": "fact"}),
    "cards/{card}/reactions/": ("POST", EDIT, {"reaction": "agree"}),
    "cards/{card}/reactions/remove/": ("POST", EDIT, {"reaction": "agree"}),
    "cards/{card}/links/": ("POST", EDIT, {"to": "{other}", "relation": "answers"}),
    "cards/{card}/links/{link}/remove/": ("POST", EDIT, {}),
    "cards/{card}/resolve/": ("POST", EDIT, {"kind": "answer", "statement": "So it was."}),
    "cards/{card}/reopen/": ("POST", (302, 404, 403, 409, 409, 409), {}),
    "cards/{card}/park/": ("POST", EDIT, {"reason": "needs data", "until": ""}),
    "undo/": ("POST", (302, 404, 409, 409, 409, 303), {}),
    "zones/": ("POST", FACILITATE, {"title": "Ideas"}),
    "zones/{zone}/rename/": ("POST", FACILITATE, {"title": "Now"}),
    "zones/{zone}/move/": ("POST", FACILITATE, {"after": ""}),
    "members/": ("POST", FACILITATE, {"username": "stranger", "role": "observer"}),
    "members/observer/role/": ("POST", OWN, {"role": "participant"}),
    "members/observer/remove/": ("POST", (302, 404, 303, 403, 303, 303), {}),
    "invites/": ("POST", (302, 404, 403, 403, 200, 200), {"role": "participant"}),
    "invites/revoke/": ("POST", FACILITATE, {}),
    "sessions/": ("POST", FACILITATE, {"title": "Review"}),
    "sessions/{session}/start/": ("POST", FACILITATE, {}),
    "sessions/{session}/pause/": ("POST", (302, 404, 403, 403, 409, 409), {}),
    "sessions/{session}/resume/": ("POST", (302, 404, 403, 403, 409, 409), {}),
    "sessions/{session}/end/": ("POST", (302, 404, 403, 403, 409, 409), {}),
    "sessions/{session}/rename/": ("POST", FACILITATE, {"title": "Named"}),
    "rename/": ("POST", OWN, {"name": "Another"}),
    "archive/": ("POST", OWN, {}),
    "unarchive/": ("POST", OWN, {}),
    "stream/": ("GET", (501,) * 6, {}),  # answered before Django; tests/flows/test_wire.py
    "pulse/": ("GET", (501,) * 6, {}),
    "events/": ("GET", (501,) * 6, {}),
}


def client_of(cast: Cast, role: str) -> Client:
    client = Client()
    if role != "anonymous":
        client.force_login(cast.named(role))
    return client


def ask(client: Client, cast: Cast, path: str, method: str, fields: dict[str, str], **extra: Any) -> Any:
    names = {
        "card": cast.__dict__["card_uid"],
        "zone": cast.zone().uid,
        "session": cast.__dict__["session_uid"],
        "other": cast.__dict__["other_uid"],
        "reply": cast.__dict__["reply_uid"],
        "link": cast.__dict__["link_uid"],
    }
    url = f"/boards/{cast.board.slug}/{path.format(**names)}"
    if method == "GET":
        return client.get(url, **extra)
    data = {name: value.format(**names) for name, value in fields.items()} | {"mid": str(uuid4())}
    return client.post(url, data, **extra)


@pytest.fixture
def set_up(cast: Cast) -> Cast:
    cast.__dict__["session_uid"] = do.create_session(
        cast.board.slug, cast.owner, uuid4(), "Planned"
    ).object.uid
    card, other = cast.card(by=cast.owner), cast.card("Another", by=cast.owner)
    cast.__dict__["card_uid"], cast.__dict__["other_uid"] = card.uid, other.uid
    cast.__dict__["reply_uid"] = do.add_reply(card.uid, cast.owner, uuid4(), "First").object.uid
    cast.__dict__["link_uid"] = do.add_link(card.uid, cast.owner, uuid4(), other.uid, "supports").object.uid
    return cast


@pytest.mark.parametrize("path", TABLE)
@pytest.mark.parametrize("role", ROLES)
def test_every_address_for_every_role(set_up: Cast, path: str, role: str) -> None:
    method, statuses, fields = TABLE[path]
    response = ask(client_of(set_up, role), set_up, path, method, fields)
    assert response.status_code == statuses[ROLES.index(role)], response.getvalue()[:300]
    other = "POST" if method == "GET" else "GET"
    if (
        role == "owner"
        and 501 not in statuses
        and path not in {"cards/{card}/", "cards/", "cards/move/", "sessions/"}
    ):
        assert ask(client_of(set_up, role), set_up, path, other, fields).status_code == 405


def test_the_table_knows_every_address_of_a_board() -> None:
    board = next(
        p
        for p in get_resolver().url_patterns
        if isinstance(p, URLResolver) and "<str:slug>" in str(p.pattern)
    )
    routes = {
        str(p.pattern).replace("uuid:", "").replace("str:", "")
        for p in board.url_patterns
        if isinstance(p, URLPattern)
    }
    known = {
        path.replace("{", "<").replace("}", ">").replace("members/observer", "members/<username>")
        for path in TABLE
    }
    assert routes == known


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
    page = ask(owner, set_up, "invites/", "POST", {"role": "observer"}).content.decode()
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
