"""A board as a file: who gets it, what is in it, and what a spreadsheet or a viewer could make of it."""

import csv
import io
import json
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import AsyncClient, Client

from board import operations as do
from board.models import Board, User
from board.portable.table import safe
from collaboration.models import Channel, CollaborationEvent
from tests.support.busy import Busy, exported
from tests.support.cast import Cast, person

pytestmark = pytest.mark.django_db


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def answer(busy: Busy, way: str = "json") -> Any:
    return client_of(busy.helper).get(f"/boards/{busy.slug}/export/?as={way}")


@pytest.mark.parametrize(
    ("way", "kind", "name"),
    [
        ("json", "application/json", "checkout-outage-friday.json"),
        ("markdown", "text/markdown; charset=utf-8", "checkout-outage-friday.md"),
        ("csv", "text/csv; charset=utf-8", "checkout-outage-friday.csv"),
    ],
)
def test_every_way_is_a_download(way: str, kind: str, name: str) -> None:
    busy = Busy("Checkout outage, Friday")
    busy.talk()
    response = answer(busy, way)
    assert response.status_code == 200 and response["Content-Type"] == kind
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response["Cache-Control"] == "no-store" and len(response.getvalue()) > 100


@pytest.mark.parametrize("name", ['a"; filename="x.exe', "../../etc/passwd", "\u202ename", "日本", "a\tb"])
def test_a_file_name_is_always_harmless(name: str) -> None:
    disposition = answer(Busy(name))["Content-Disposition"]
    inner = disposition.removeprefix('attachment; filename="').removesuffix('.json"')
    assert inner and all(
        character.isascii() and (character.isalnum() or character in "-_") for character in inner
    )


def test_an_unknown_way_is_refused_in_words() -> None:
    response = answer(Busy(), "pdf")
    assert response.status_code == 422 and b"Choose one of" in response.content


def test_the_log_is_whole_and_in_order() -> None:
    busy = Busy()
    busy.talk()
    file = json.loads(exported(busy.board))
    channel = Channel.objects.get(name=busy.board.channel)
    assert (file["format"], file["version"], file["epoch"]) == ("parley-board", 1, channel.epoch)
    assert [event["seq"] for event in file["events"]] == list(range(1, file["head"] + 1))
    assert file["head"] == channel.seq
    assert {row["username"] for row in file["people"]} == {
        user.username for user in (busy.owner, busy.helper, busy.guest)
    }


def test_a_log_that_was_cut_is_not_exported() -> None:
    busy = Busy()
    Channel.objects.filter(name=busy.board.channel).update(oldest=2)
    assert answer(busy).status_code == 410
    assert answer(busy, "csv").status_code == 200


def test_events_are_read_in_batches(django_assert_max_num_queries: Any) -> None:
    busy = Busy()
    rows = CollaborationEvent.objects.filter(channel__name=busy.board.channel)
    first = rows.get(seq=1)
    more = [
        CollaborationEvent(
            channel=first.channel, seq=seq, mid=uuid4(), kind="board.archived", actor_id="", actor_name=""
        )
        for seq in range(rows.count() + 1, 1601)
    ]
    CollaborationEvent.objects.bulk_create(more)
    Channel.objects.filter(pk=first.channel.pk).update(seq=1600)
    with django_assert_max_num_queries(14):
        assert len(json.loads(exported(busy.board))["events"]) == 1600


def test_a_spreadsheet_carries_nothing_out() -> None:
    busy = Busy()
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("https://evil.example")'):
        busy.card(text)
    busy.card('two "lines"\n=1+1, and more')
    rows = list(csv.reader(io.StringIO(exported(busy.board, "csv"))))
    assert rows[0][:5] == ["number", "kind", "text", "zone", "author"]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert [row[2] for row in rows[5:8]] == ["'=1+1", "'+1", "'-1"]
    assert rows[-1][2] == 'two "lines"\n=1+1, and more'
    assert [safe(cell) for cell in ("\tx", "\rx", "x=", "", None, 7)] == ["'\tx", "'\rx", "x=", "", "", "7"]


def test_the_document_tells_zones_kinds_people_and_sessions() -> None:
    busy = Busy()
    busy.talk()
    text = exported(busy.board, "markdown")
    assert text.startswith("# Checkout outage, Friday\n")
    for words in (
        "## Active",
        "## Resolved",
        "## Ideas",
        "### Fact #",
        "given to",
        "**Decision:** We roll back.",
    ):
        assert words in text, words
    assert "**Parked:** needs data (until 2031-05-24)" in text and "supports #" in text
    assert "## Sessions" in text and "### Review" in text and "minute" in text and "took part" in text
    assert "gone" not in text.partition("## Sessions")[0]


def test_nobodys_text_changes_the_document() -> None:
    busy = Busy("# Not [a](https://evil.example) heading")
    busy.card("# Shout\n\n<script>alert(1)</script> <https://example.com>\n## And again")
    text = exported(busy.board, "markdown")
    assert "\n# Shout" not in text and "> # Shout" in text
    assert "<script>" not in text and "<https://example.com>" in text
    assert "[a](" not in text
    assert [line for line in text.splitlines() if line.startswith("# ")] == [text.splitlines()[0]]


def test_a_real_server_gets_it_piece_by_piece(cast: Cast) -> None:
    """Under ASGI an answer in pieces has to be asynchronous, or Django would collect it first."""

    async def ask() -> bytes:
        client = AsyncClient()
        await client.aforce_login(cast.observer)
        response: Any = await client.get(f"/boards/{cast.board.slug}/export/")
        assert response.is_async
        return b"".join([part async for part in response])

    assert json.loads(async_to_sync(ask)())["board"]["slug"] == cast.board.slug


def test_the_commands_carry_a_board_from_here_to_there(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    busy = Busy()
    busy.talk()
    call_command("export_board", busy.slug)
    (tmp_path / "board.json").write_text(capsys.readouterr().out)
    call_command("import_board", str(tmp_path / "board.json"))
    copy = Board.objects.get(slug=capsys.readouterr().out.strip())
    assert copy != busy.board and copy.memberships.get(user=busy.owner).role == "owner"
    call_command("import_board", str(tmp_path / "board.json"), owner=busy.guest.username)
    assert (
        Board.objects.get(slug=capsys.readouterr().out.strip()).memberships.get(user=busy.guest).role
        == "owner"
    )
    call_command("export_board", busy.slug, way="csv")
    assert capsys.readouterr().out.startswith("number,kind")


def test_the_commands_refuse_in_a_sentence(tmp_path: Any) -> None:
    (tmp_path / "wrong.json").write_text("{}")
    for arguments in (
        ("export_board", "nothing"),
        ("import_board", str(tmp_path / "none.json")),
        ("import_board", str(tmp_path / "wrong.json")),
        ("import_board", str(tmp_path)),
    ):
        with pytest.raises(CommandError) as error:
            call_command(*arguments)
        assert str(error.value).endswith(".")


def upload(client: Client, text: bytes | None, **fields: str) -> Any:
    file = {} if text is None else {"file": SimpleUploadedFile("board.json", text)}
    return client.post("/boards/import/", {"mid": str(uuid4()), **file, **fields})


def test_the_form_makes_a_board_of_ones_own() -> None:
    busy, someone = Busy(), person("someone")
    response = upload(client_of(someone), exported(busy.board).encode())
    assert response.status_code == 303
    copy = Board.objects.exclude(pk=busy.board.pk).get()
    assert response["Location"] == f"/boards/{copy.slug}/"
    assert copy.memberships.get(user=someone).role == "owner"
    page = client_of(someone).get(f"/boards/{copy.slug}/settings/").content.decode()
    assert "imported this board from a file" in page
    assert "imported this board" not in answer_settings(busy)


def answer_settings(busy: Busy) -> str:
    return client_of(busy.owner).get(f"/boards/{busy.slug}/settings/").content.decode()


@pytest.mark.parametrize(
    ("text", "status"), [(None, 422), (b"", 422), (b"nonsense", 422), (b"{}", 422), (b"x" * 70_000, 413)]
)
def test_the_form_refuses_in_words_and_leaves_nothing(text: bytes | None, status: int) -> None:
    someone = person("someone")
    response = upload(client_of(someone), text)
    assert response.status_code == status and b'role="alert"' in response.content
    assert not Board.objects.exists()
    assert upload(client_of(someone), exported(Busy().board).encode(), mid="x").status_code == 422


def test_the_form_is_for_people_who_are_signed_in() -> None:
    assert upload(Client(), b"{}").status_code == 302
    someone = client_of(person("someone"))
    assert someone.get("/boards/import/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person("other"))
    assert upload(strict, b"{}").status_code == 403
    assert b'action="/boards/import/#import"' in someone.get("/boards/new/").content


def test_a_copy_is_a_board_like_any_other() -> None:
    busy = Busy()
    busy.talk()
    someone = person("someone")
    client = client_of(someone)
    copy = upload(client, exported(busy.board).encode())["Location"]
    for path in ("", "settings/", "trash/", "activity/", "export/?as=markdown"):
        assert client.get(copy + path).status_code == 200, path
    board = Board.objects.get(slug=copy.split("/")[2])
    do.create_card(board.slug, someone, uuid4(), "fact", "New", board.zones.first().uid)
    assert board.cards.latest("number").number == busy.board.cards.latest("number").number + 1
