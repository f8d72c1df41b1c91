"""A refused plain form comes back with what the person put into it, in its own place."""

from html.parser import HTMLParser
from uuid import uuid4

import pytest

from board import operations as do
from collaboration.models import CollaborationSession
from tests.board.addresses import ask, client_of
from tests.support.cast import Cast

LONG = "too long " * 20


class Forms(HTMLParser):
    """What each form of a page would send: action -> field -> value."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sent: dict[str, dict[str, str]] = {}
        self.area = self.choice = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.fields = self.sent.setdefault(of.get("action", ""), {})
        elif tag == "input":
            self.fields[of.get("name", "")] = of.get("value", "")
        elif tag == "textarea":
            self.area = of["name"]
            self.fields[self.area] = ""
        elif tag == "select":
            self.choice = of["name"]
        elif tag == "option" and ("selected" in of or self.choice not in self.fields):
            self.fields[self.choice] = of["value"]

    def handle_endtag(self, tag: str) -> None:
        self.area = "" if tag == "textarea" else self.area

    def handle_data(self, data: str) -> None:
        if self.area:
            self.fields[self.area] += data


@pytest.mark.parametrize(
    ("path", "fields", "kept"),
    [
        ("sessions/", {"title": LONG}, {"title": LONG}),
        ("sessions/", {"title": LONG, "plan": "1"}, {"title": LONG}),
        ("sessions/{session}/rename/", {"title": LONG}, {"title": LONG}),
        ("zones/", {"title": LONG}, {"title": LONG}),
        ("zones/", {"title": "\u202e\u2066"}, {"title": "\u202e\u2066"}),
        ("sessions/", {"title": "\u200b", "plan": "1"}, {"title": "\u200b"}),
        ("zones/{zone}/rename/", {"title": LONG}, {"title": LONG}),
        ("rename/", {"name": LONG}, {"name": LONG}),
        ("members/", {"username": "nobody-here", "role": "observer"}, {"role": "observer"}),
        ("members/", {"username": "nobody-here", "role": "observer"}, {"username": "nobody-here"}),
        ("members/owner/role/", {"role": "observer"}, {"role": "observer"}),
        ("cards/{card}/edit/", {"body": "y" * 5000, "base_version": "1"}, {"body": "y" * 5000}),
        (
            "cards/{card}/edit/",
            {"body": "", "kind": "claim", "assignee": "observer", "base_version": "1"},
            {"body": "", "kind": "claim", "assignee": "observer"},
        ),
    ],
)
def test_what_was_typed_is_in_the_form_that_was_refused(
    set_up: Cast, path: str, fields: dict[str, str], kept: dict[str, str]
) -> None:
    response = ask(client_of(set_up, "owner"), set_up, path, "POST", fields)
    assert response.status_code in {409, 422}
    action = response.wsgi_request.path
    sent = Forms(response.text).sent
    assert {field: sent[action][field].strip() for field in kept} == {k: v.strip() for k, v in kept.items()}
    strangers = [form for url, form in sent.items() if url != action and LONG.strip() in str(form)]
    assert not strangers, "the text turned up in another form"


def test_a_planned_session_is_seen_and_started(set_up: Cast) -> None:
    facilitator = client_of(set_up, "facilitator")
    made = ask(facilitator, set_up, "sessions/", "POST", {"title": "Friday", "plan": "1"})
    assert made.status_code == 303
    page = facilitator.get(made.url)
    session = CollaborationSession.objects.get(title="Friday")
    start = f"/boards/{set_up.board.slug}/sessions/{session.uid}/start/"
    assert start in Forms(page.text).sent
    assert start not in client_of(set_up, "participant").get(made.url).text
    facilitator.post(start, {"mid": str(uuid4())})
    board = client_of(set_up, "observer").get(f"/boards/{set_up.board.slug}/")
    assert f'href="/boards/{set_up.board.slug}/sessions/{session.uid}/"' in board.text, "no way to its page"


def test_an_archived_boards_pages_offer_nothing_that_is_refused(set_up: Cast) -> None:
    do.archive_board(set_up.board.slug, set_up.owner, uuid4())
    owner = client_of(set_up, "owner")
    for path in ("settings/", "sessions/", "sessions/{session}/", "cards/{card}/", ""):
        offered = Forms(ask(owner, set_up, path, "GET", {}).text).sent
        ours = [url for url in offered if url.startswith("/boards/") and not url.endswith("/unarchive/")]
        assert not ours, path
    assert ask(owner, set_up, "invites/", "POST", {"role": "participant"}).status_code == 403


def test_a_facilitator_is_offered_to_remove_only_whom_they_may(set_up: Cast) -> None:
    page = ask(client_of(set_up, "facilitator"), set_up, "settings/", "GET", {}).text
    assert "/members/observer/remove/" in page and "/members/owner/remove/" not in page


def test_the_place_of_a_zone_is_chosen_where_it_stands(set_up: Cast) -> None:
    forms = Forms(ask(client_of(set_up, "owner"), set_up, "settings/", "GET", {}).text).sent
    zones = [str(uid) for uid in set_up.board.zones.values_list("uid", flat=True)]
    places = [forms[f"/boards/{set_up.board.slug}/zones/{zone}/move/"]["after"] for zone in zones]
    assert places == ["", *zones[:-1]]
