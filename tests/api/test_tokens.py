"""Every kind of token: what it opens and what it does not, on the API, the stream and for pulses."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from board.keeping import refused
from board.models import ApiToken, Board, token_hash
from board.operations import create_board
from board.operations.tokens import make_token
from board.streams import Caller, identify
from collaboration.stream import Ticket
from tests.api.client import Api
from tests.support.cast import Cast


def on_stream(text: str, slug: str) -> Caller:
    return identify({b"authorization": f"Bearer {text}".encode()}, {}, slug)


def expire(text: str) -> None:
    ApiToken.objects.filter(token_hash=token_hash(text)).update(expires_at=timezone.now())


def another_board(cast: Cast) -> Board:
    board: Board = create_board(cast.owner, uuid4(), "Another").object
    return board


def test_one_without_limits_does_everything(cast: Cast) -> None:
    text = make_token(cast.owner, "all")
    api = Api(text)
    assert api.get("boards").status == 200
    assert api.patch(f"boards/{cast.board.slug}", {"name": "New"}).status == 200
    assert on_stream(text, cast.board.slug).role == "owner"


def test_one_that_may_only_read_reads_and_follows_but_writes_nothing(cast: Cast) -> None:
    text = make_token(cast.owner, "reader", "read")
    api = Api(text)
    for path in ("boards", "openapi.json", f"boards/{cast.board.slug}", f"boards/{cast.board.slug}/events"):
        assert api.get(path).status == 200
    for method in ("POST", "PATCH", "DELETE", "PUT"):
        answer = api.send(method, f"boards/{cast.board.slug}", {"name": "New"})
        assert answer.status == 403 and answer["type"] == "read-only" and "only read" in answer["detail"]
    assert api.post("boards", {"name": "Mine"}).status == 403
    caller = on_stream(text, cast.board.slug)
    assert caller.role == "owner" and not caller.may_write
    cast.board.refresh_from_db()
    assert cast.board.name == "Checkout outage"


def test_one_for_one_board_sees_no_other(cast: Cast) -> None:
    other = another_board(cast)
    zone = other.zones.get(purpose="active").uid
    text = make_token(cast.owner, "one", board=cast.board.slug)
    api, none = Api(text), Api(text).get("boards/000000000000000000000000")
    assert [row["slug"] for row in api.get("boards")["boards"]] == [cast.board.slug]
    assert api.patch(f"boards/{cast.board.slug}", {"name": "New"}).status == 200
    assert api.get(f"boards/{other.slug}").body == none.body and none.status == 404
    assert api.patch(f"boards/{other.slug}", {"name": "x"}).status == 404
    assert api.patch(f"zones/{zone}", {"title": "x"}).status == 404
    assert api.post("boards", {"name": "Mine"}).status == 403
    assert on_stream(text, cast.board.slug).role == "owner"
    assert on_stream(text, other.slug).role == ""


def test_an_expired_one_is_out_everywhere(cast: Cast) -> None:
    text = make_token(cast.owner, "short", days=7)
    assert Api(text).get("boards").status == 200 and on_stream(text, cast.board.slug).user == cast.owner
    expire(text)
    answer = Api(text).get("boards")
    assert answer.status == 401 and answer["type"] == "bad-token"
    assert on_stream(text, cast.board.slug).user is None


@pytest.mark.parametrize("change", [{"expires_at": -1}, {"revoked_at": -1}])
def test_an_open_stream_ends_with_its_token(
    cast: Cast, change: dict[str, int], django_assert_num_queries: Any
) -> None:
    texts = [make_token(cast.owner, name, days=7) for name in ("a", "b")]
    tokens = [ApiToken.objects.get(token_hash=token_hash(text)) for text in texts]
    tickets = [
        Ticket(
            cast.board.channel,
            str(cast.owner.uid),
            cast.owner,
            f"token:{token.pk}",
            "",
            "live_board",
            False,
            "",
        )
        for token in tokens
    ]
    assert refused(tickets) == {}
    moments = {field: timezone.now() + timedelta(seconds=seconds) for field, seconds in change.items()}
    ApiToken.objects.filter(pk=tokens[0].pk).update(**moments)
    with django_assert_num_queries(1):
        assert refused(tickets) == {tickets[0]: "revoked"}


def test_being_used_is_noted_once_a_day(cast: Cast) -> None:
    text = make_token(cast.owner, "busy")
    api, row = Api(text), ApiToken.objects.filter(token_hash=token_hash(text))

    def writes() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert api.get("boards").status == 200
        return sum(query["sql"].startswith("UPDATE") for query in queries)

    today = timezone.now().date()
    assert (writes(), writes()) == (1, 0)
    assert row.get().last_used_on == today
    row.update(last_used_on=today - timedelta(days=1))
    assert (writes(), writes()) == (1, 0)
    on_stream(text, cast.board.slug)
    assert row.get().last_used_on == today


def test_the_command_makes_every_kind(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    def made(*options: str) -> str:
        call_command("token", "owner", *options)
        return capsys.readouterr().out.strip()

    assert Api(made()).patch(f"boards/{cast.board.slug}", {"name": "New"}).status == 200
    limited = Api(made("--read-only", "--days", "7", "--board", cast.board.slug))
    assert limited.get(f"boards/{cast.board.slug}").status == 200
    assert limited.patch(f"boards/{cast.board.slug}", {"name": "x"}).status == 403
    row = ApiToken.objects.latest("id")
    assert row.board == cast.board and row.expires_at


def test_figures_are_not_for_a_token_of_one_board(cast: Cast) -> None:
    type(cast.owner).objects.filter(pk=cast.owner.pk).update(is_staff=True)
    client = Api().client

    def status(text: str) -> int:
        headers = {"Authorization": f"Bearer {text}", "X-Forwarded-For": "203.0.113.9"}
        return int(client.get("/metrics", headers=headers).status_code)

    assert status(make_token(cast.owner, "all", "read")) == 200
    assert status(make_token(cast.owner, "one", board=cast.board.slug)) == 403
