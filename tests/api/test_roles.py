"""Every address × every role, against one table."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from django.urls import get_resolver
from pytest_django import DjangoDbBlocker

from board import operations as do
from board.api.urls import urlpatterns
from tests.api.client import Api
from tests.support.cast import Cast, assemble
from tests.support.kept import kept

ROLES = ("anonymous", "stranger", "observer", "participant", "facilitator", "owner")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Row(NamedTuple):
    call: str
    body: Any
    anonymous: int
    stranger: int
    observer: int
    participant: int
    facilitator: int
    owner: int


TABLE = [
    Row("GET openapi.json", None, 401, 200, 200, 200, 200, 200),
    Row("GET boards", None, 401, 200, 200, 200, 200, 200),
    Row("POST boards", {"name": "Mine"}, 401, 201, 201, 201, 201, 201),
    Row("GET boards/{slug}", None, 401, 404, 200, 200, 200, 200),
    Row("PATCH boards/{slug}", {"name": "New"}, 401, 404, 403, 403, 403, 200),
    Row("PATCH boards/{slug}", {"archived": True}, 401, 404, 403, 403, 403, 200),
    Row("POST boards/{slug}/zones", {"title": "Later"}, 401, 404, 403, 403, 201, 201),
    Row("GET boards/{slug}/events", None, 401, 404, 200, 200, 200, 200),
    Row("GET boards/{slug}/export", None, 401, 404, 200, 200, 200, 200),
    Row("POST boards/{slug}/cards", "new card", 401, 404, 403, 201, 201, 201),
    Row("POST boards/{slug}/undo", {"seq": 2}, 401, 404, 403, 403, 403, 200),
    Row(
        "POST boards/{slug}/members", {"username": "guest", "role": "observer"}, 401, 404, 403, 403, 201, 201
    ),
    Row("POST boards/{slug}/members", {"username": "guest", "role": "owner"}, 401, 404, 403, 403, 403, 201),
    Row("PATCH boards/{slug}/members/{member}", {"role": "participant"}, 401, 404, 403, 403, 403, 200),
    Row("DELETE boards/{slug}/members/{member}", None, 401, 404, 403, 403, 200, 200),
    Row("POST boards/{slug}/sessions", {"title": "Review"}, 401, 404, 403, 403, 201, 201),
    Row("PATCH zones/{zone}", {"title": "New"}, 401, 404, 403, 403, 200, 200),
    Row("PATCH zones/{zone}", {"after": None}, 401, 404, 403, 403, 200, 200),
    Row("PATCH cards/{card}", {"body": "New", "base_version": 1}, 401, 404, 403, 200, 200, 200),
    Row("DELETE cards/{card}", None, 401, 404, 403, 403, 200, 200),
    Row("POST cards/{card}/move", "move", 401, 404, 403, 200, 200, 200),
    Row("POST cards/{deleted}/restore", None, 401, 404, 403, 403, 200, 200),
    Row("GET cards/{card}", None, 401, 404, 200, 200, 200, 200),
    Row("POST cards/{card}/resolve", {"kind": "answer", "statement": "So."}, 401, 404, 403, 200, 200, 200),
    Row("POST cards/{resolved}/reopen", None, 401, 404, 403, 200, 200, 200),
    Row("POST cards/{card}/park", {"reason": "no time", "until": None}, 401, 404, 403, 200, 200, 200),
    Row("POST cards/{card}/replies", {"body": "Why?"}, 401, 404, 403, 201, 201, 201),
    Row("POST cards/{card}/reactions", {"reaction": "agree"}, 401, 404, 403, 200, 200, 200),
    Row("DELETE cards/{card}/reactions/agree", None, 401, 404, 403, 200, 200, 200),
    Row("POST cards/{card}/links", "link", 401, 404, 403, 201, 201, 201),
    Row("DELETE links/{link}", None, 401, 404, 403, 200, 200, 200),
    Row("PATCH replies/{reply}", {"body": "New", "base_version": 1}, 401, 404, 403, 403, 403, 200),
    Row("DELETE replies/{reply}", None, 401, 404, 403, 403, 200, 200),
    Row("POST replies/{gone}/restore", None, 401, 404, 403, 403, 200, 200),
    Row("POST replies/{reply}/resolve", None, 401, 404, 403, 200, 200, 200),
    Row("POST replies/{reply}/reopen", None, 401, 404, 403, 200, 200, 200),
    Row("POST replies/{reply}/promote", {"kind": "fact"}, 401, 404, 403, 200, 200, 200),
    Row("POST boards/{slug}/cards/move", "move many", 401, 404, 403, 200, 200, 200),
    Row("GET sessions/{planned}", None, 401, 404, 200, 200, 200, 200),
    Row("POST sessions/{planned}/start", None, 401, 404, 403, 403, 200, 200),
    Row("POST sessions/{live}/pause", None, 401, 404, 403, 403, 200, 200),
    Row("POST sessions/{paused}/resume", None, 401, 404, 403, 403, 200, 200),
    Row("POST sessions/{live}/end", None, 401, 404, 403, 403, 200, 200),
]


class Stage:
    """The cast on a board with one of everything that an address can name."""

    def __init__(self, cast: Cast, person: Callable[[str], Any]) -> None:
        self.cast, self.slug, self.owner = cast, cast.board.slug, cast.owner
        self.first = cast.card("First", by=cast.owner)
        person("guest")
        do.add_member(self.slug, self.owner, uuid4(), person("someone").username, "observer")

    def ids(self, path: str) -> dict[str, Any]:
        found = {"slug": self.slug, "member": "someone", "zone": self.cast.zone().uid, "card": self.first.uid}
        for noun in ("deleted", "planned", "live", "paused", "resolved", "link", "reply", "gone"):
            found |= {noun: getattr(self, noun)()} if f"{{{noun}}}" in path else {}
        return found

    def deleted(self) -> Any:
        return do.delete_card(self.first.uid, self.owner, uuid4()).object.uid

    def resolved(self) -> Any:
        return do.resolve_card(self.first.uid, self.owner, uuid4(), "answer", "So it was.").object.uid

    def link(self) -> Any:
        other = self.cast.card("Another").uid
        return do.add_link(self.first.uid, self.owner, uuid4(), other, "supports").object.uid

    def reply(self) -> Any:
        return do.add_reply(self.first.uid, self.owner, uuid4(), "Why?").object.uid

    def gone(self) -> Any:
        return do.delete_reply(self.reply(), self.owner, uuid4()).object.uid

    def planned(self) -> Any:
        return do.create_session(self.slug, self.owner, uuid4()).object.uid

    def live(self) -> Any:
        return do.create_session(self.slug, self.owner, uuid4(), start=True).object.uid

    def paused(self) -> Any:
        return do.pause_session(self.live(), self.owner, uuid4()).object.uid

    def body(self, body: Any) -> Any:
        bodies = {
            "new card": {"kind": "fact", "body": "It began at 9.", "zone": str(self.cast.zone().uid)},
            "move": {"zone": str(self.cast.zone("parking").uid), "after": None, "base_version": 1},
        }
        if body == "link":
            return {"to": str(self.cast.card("Another").uid), "relation": "supports"}
        if body == "move many":
            return {"cards": [str(self.first.uid)], "zone": str(self.cast.zone("parking").uid)}
        return bodies[body] if isinstance(body, str) else body


def furnished() -> Stage:
    cast = assemble()
    return Stage(cast, lambda username: type(cast.owner).objects.create(username=username))


@pytest.fixture(scope="module")
def furniture(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    with kept(django_db_blocker, furnished) as stage:
        yield stage


@pytest.fixture
def stage(furniture: Stage, db: None) -> Stage:
    return deepcopy(furniture)


def caller(cast: Cast, role: str) -> Api:
    return Api() if role == "anonymous" else Api.with_token(cast.named(role))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.call} {row.body or ''}")
def test_every_address_answers_every_role_as_the_table_says(stage: Stage, row: Row, role: str) -> None:
    method, path = row.call.split(" ")
    answer = caller(stage.cast, role).send(method, path.format(**stage.ids(path)), stage.body(row.body))
    assert answer.status == getattr(row, role), answer
    if answer.status >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json" and answer["detail"]


@pytest.mark.parametrize(
    "row",
    [row for row in TABLE if row.observer == 403 and not row.call.endswith("undo")],
    ids=lambda row: f"{row.call} {row.body or ''}",
)
def test_who_may_not_hears_that_and_nothing_of_the_body(stage: Stage, row: Row) -> None:
    method, path = row.call.split(" ")
    url = path.format(**stage.ids(path))
    for role in ("stranger", "observer"):
        answer = caller(stage.cast, role).send(method, url, {"nonsense": 1})
        assert answer.status == getattr(row, role), answer


def test_the_table_names_every_address_and_method() -> None:
    served = {
        (method, pattern.name)
        for pattern in urlpatterns
        if pattern.name
        for method in pattern.callback.handlers
    }
    assert {(row.call.split(" ")[0], name_of(row.call)) for row in TABLE} == served


def test_another_method_is_refused_and_the_right_ones_are_named(stage: Stage) -> None:
    owner = caller(stage.cast, "owner")
    for path in {row.call.split(" ")[1]: None for row in TABLE}:
        allowed = {row.call.split(" ")[0] for row in TABLE if row.call.split(" ")[1] == path}
        for method in set(METHODS) - allowed:
            answer = owner.send(method, path.format(**filled(stage)), {})
            assert answer.status == 405, (method, path)
            assert (
                allowed <= set(answer.headers["Allow"].split(", ")) and method not in answer.headers["Allow"]
            )


def test_an_unknown_address_is_not_found(stage: Stage) -> None:
    for path in ("nothing", "boards/", f"boards/{stage.slug}/nothing", "cards/7", "sessions/x/end"):
        assert caller(stage.cast, "owner").get(path).status == 404
        assert caller(stage.cast, "anonymous").get(path).status == 401


def test_strangers_cannot_tell_a_board_from_none(stage: Stage) -> None:
    api = caller(stage.cast, "stranger")
    theirs, none = api.get(f"boards/{stage.slug}"), api.get("boards/000000000000000000000000")
    assert theirs.status == none.status == 404 and theirs.body == none.body
    card, nothing = api.delete(f"cards/{stage.first.uid}"), api.delete(f"cards/{uuid4()}")
    assert card.status == nothing.status == 404 and card.body == nothing.body


NOUNS = ("zone", "card", "deleted", "planned", "live", "paused", "resolved", "link", "reply", "gone")


def filled(stage: Stage) -> dict[str, Any]:
    anything = uuid4()
    ids = dict.fromkeys(NOUNS, anything)
    return {"slug": stage.slug, "member": "someone", **ids}


def name_of(call: str) -> str:
    anything = dict.fromkeys(NOUNS, uuid4())
    path = call.split(" ")[1].format(slug="x", member="m", **anything)
    return str(get_resolver().resolve(f"/api/v1/{path}").url_name)


def test_who_may_not_is_not_told_of_another_persons_key(stage: Stage) -> None:
    key, path = uuid4(), f"boards/{stage.slug}/zones"
    assert caller(stage.cast, "owner").post(path, {"title": "Later"}, key=key).status == 201
    for role, status in (("stranger", 404), ("observer", 403)):
        assert caller(stage.cast, role).post(path, {"title": "Other"}, key=key).status == status
