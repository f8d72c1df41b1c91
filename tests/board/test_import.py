"""A board out and in again is the same board; hostile files leave nothing behind."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from board.models import Board, Card, User
from board.operations import Refused, create_board, edit_card, undo
from board.operations.imports import import_board
from board.operations.inverses import INVERSES
from board.portable.ids import Relabelled
from board.portable.log import mask_of
from board.portable.reading import read
from board.replay import Damaged, replayed_kinds
from collaboration.models import Channel, CollaborationEvent
from tests.support.busy import Busy, everything, exported
from tests.support.cast import person
from tests.support.effort import cases
from tests.support.kept import kept

pytestmark = pytest.mark.django_db


def imported(text: str, by: User | None = None) -> Board:
    board: Board = import_board(by or person(f"i-{uuid4().hex[:6]}"), uuid4(), read(text.encode())).object
    return board


def told(board: Board) -> dict[str, Any]:
    """An export without what differs by nature."""
    found = json.loads(exported(board))
    for name in ("exported_at", "epoch"):
        found.pop(name)
    del found["board"]["slug"]
    return found


def with_file_ids(board: Board, facts: dict[str, Any]) -> Any:
    """The same facts with the ids that the file has."""
    back = Relabelled(mask_of(board))
    for event in CollaborationEvent.objects.filter(channel__name=board.channel).order_by("seq"):
        back(event.data)
    text = json.dumps(facts, default=str)
    for here, there in back.known.items():
        text = text.replace(here, there)
    found = json.loads(text)
    for name in ("zones", "cards", "replies", "outcomes", "links", "sessions", "took part"):
        found[name].sort(key=lambda row: str(row["id"] if isinstance(row, dict) else row))
    return found


def without_importer(facts: dict[str, Any], by: User) -> dict[str, Any]:
    return facts | {"members": [row for row in facts["members"] if row[0] != by.uid]}


def talked() -> Busy:
    busy = Busy()
    busy.talk()
    return busy


@pytest.fixture(scope="module")
def busy(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Busy, str]]:
    """A board on which everything has happened, and its export."""
    with kept(django_db_blocker, lambda: (made := talked(), exported(made.board))) as both:
        yield both


def test_every_kind_of_event_has_a_replayer() -> None:
    assert INVERSES.keys() | {"board.created"} <= replayed_kinds()


def test_an_imported_board_is_the_same_board() -> None:
    busy = talked()
    by = person("importer")
    board = imported(exported(busy.board), by)
    assert board.slug != busy.slug and told(board) == told(busy.board)
    same = json.loads(json.dumps(everything(busy.board), default=str))
    assert with_file_ids(board, without_importer(everything(board), by)) == same
    assert board.memberships.get(user=by).role == "owner"
    epochs = Channel.objects.filter(name__in=[board.channel, busy.board.channel]).values_list(
        "epoch", flat=True
    )
    assert len(set(epochs)) == 2


def test_ids_stay_when_nobody_has_them_here() -> None:
    busy = talked()
    before, text = everything(busy.board), exported(busy.board)
    wipe(busy.board)
    by = person("importer")
    board = imported(text, by)
    assert without_importer(everything(board), by) == before
    assert mask_of(board).int == 0


def test_people_without_an_account_stay_by_name() -> None:
    busy = talked()
    text, name = exported(busy.board), busy.guest.username
    before = told(busy.board)
    wipe(busy.board)
    User.objects.filter(pk__in=[busy.guest.pk, busy.helper.pk]).delete()
    board = imported(text, busy.owner)
    assert told(board) == before
    guest = User.objects.get(uid=busy.guest.uid)
    assert not guest.is_active and not guest.has_usable_password() and guest.kind == User.Kind.NAMED
    assert guest.username != name and guest.name == busy.guest.name
    assert board.cards.filter(author=busy.owner).exists()


def test_the_copy_lives_on_by_itself() -> None:
    busy = talked()
    before = told(busy.board)
    board = imported(exported(busy.board), busy.owner)
    card = board.cards.on_board().first()
    assert isinstance(card, Card)
    edit_card(card.uid, busy.owner, uuid4(), {"body": "Only here"}, card.version)
    undo(board.slug, busy.owner, uuid4())
    undo(board.slug, busy.owner, uuid4(), next_own(board, busy.owner))
    assert told(busy.board) == before
    assert told(imported(exported(board))) == told(board)


def next_own(board: Board, by: User) -> int:
    rows = CollaborationEvent.objects.filter(channel__name=board.channel, actor_id=str(by.uid))
    return rows.filter(kind="board.renamed").latest("seq").seq


def test_asking_twice_makes_one_board() -> None:
    busy, by, mid = Busy(), person("importer"), uuid4()
    file = read(exported(busy.board).encode())
    first, second = (import_board(by, mid, file) for _twice in range(2))
    assert first.object == second.object and (first.dup, second.dup) == (False, True)
    with pytest.raises(Refused) as refused:
        import_board(by, mid, read(exported(busy.board).encode()))
    assert refused.value.type == "key-reused"


HOSTILE: dict[str, Any] = {
    "format": lambda file: file.update(format="other"),
    "version": lambda file: file.update(version=2),
    "version true": lambda file: file.update(version=True),
    "head": lambda file: file.update(head=3),
    "no people": lambda file: file.pop("people"),
    "people": lambda file: file.update(people=[{"id": "x", "name": "", "username": ""}]),
    "no events": lambda file: file.update(events=[], head=0),
    "events": lambda file: file.update(events={"1": 1}),
    "gap": lambda file: file["events"].pop(4),
    "doubled": lambda file: file["events"].insert(4, file["events"][4]),
    "same mid": lambda file: file["events"][4].update(mid=file["events"][3]["mid"]),
    "unknown kind": lambda file: file["events"][4].update(kind="card.exploded"),
    "second board": lambda file: file["events"][4].update(file["events"][0], seq=5, mid=str(uuid4())),
    "actor": lambda file: file["events"][4].update(actor="me"),
    "at": lambda file: file["events"][4].update(at="yesterday"),
    "at that is none": lambda file: file["events"][4].update(at="2026-02-30T00:00:00.000Z"),
    "hop": lambda file: file["events"][4].update(hop=10**12),
    "cause": lambda file: file["events"][4].update(cause="x" * 65),
    "undoes": lambda file: file["events"][4]["data"].update(undoes="x"),
    "data": lambda file: file["events"][4].update(data=[]),
}
CARD: dict[str, Any] = {
    "huge body": {"body": "x" * 4001},
    "empty body": {"body": ""},
    "NUL": {"body": "a\x00b"},
    "half a character": {"body": "\ud800"},
    "kind": {"kind": "gossip"},
    "kind list": {"kind": ["fact"]},
    "id": {"id": "7"},
    "id upper": {"id": str(uuid4()).upper()},
    "foreign zone": {"zone": str(uuid4())},
    "number": {"number": 10**12},
    "number text": {"number": "7"},
    "number zero": {"number": 0},
    "number taken": {"number": 1},
    "version": {"version": 2**31},
    "rank": {"rank": "A!"},
    "rank long": {"rank": "i" * 501},
    "author": {"author": {"id": "x", "name": "x"}},
    "author without a name": {"author": {"id": str(uuid4())}},
}


def damaged_files() -> list[Any]:
    def of_card(values: dict[str, Any]) -> Any:
        return lambda file: next(e for e in file["events"] if e["kind"] == "card.created")["data"][
            "card"
        ].update(values)

    cards = {f"card {name}": of_card(values) for name, values in CARD.items()}
    return [pytest.param(change, id=name) for name, change in (HOSTILE | cards).items()]


@pytest.mark.parametrize("damage", damaged_files())
def test_a_hostile_file_is_refused_with_a_sentence_and_leaves_nothing(
    busy: tuple[Busy, str], damage: Any
) -> None:
    by, file = busy[0].owner, json.loads(busy[1])
    stranger = str(uuid4())
    file["people"].append({"id": stranger, "name": "Nobody", "username": "nobody"})
    file["events"][2]["data"]["member"] = {"id": stranger, "name": "Nobody"}
    damage(file)
    rows = counts()
    with pytest.raises((Refused, Damaged)) as refused:
        imported(json.dumps(file), by)
    assert len(str(refused.value)) > 10
    assert counts() == rows


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"nonsense",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"7",
        b"{}",
        b"[" * 100_000,
        b'{"a":' * 50 + b"1" + b"}" * 50,
        b'{"format": "parley-board", "format": "parley-board"}',
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_export_is_refused(raw: bytes) -> None:
    with pytest.raises(Damaged):
        read(raw)


@pytest.mark.thorough
def test_every_field_of_every_event_may_be_anything() -> None:
    """Values of the log, each once replaced by something wrong: refused or harmless, never an error."""
    busy = talked()
    text, outcomes = exported(busy.board), {"refused": 0, "harmless": 0}
    paths = list(leaves(json.loads(text)["events"]))
    tried = list(enumerate(paths))[:: cases(10, 1)]
    for number, path in tried:
        file = json.loads(text)
        holder: Any = file["events"]
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = [None, 7, "x", [], {}, "\u202e", -1][number % 7]
        try:
            imported(json.dumps(file), busy.owner)
            outcomes["harmless"] += 1
        except (Refused, Damaged):
            outcomes["refused"] += 1
    assert outcomes["refused"] > len(tried) / 2, outcomes


def leaves(value: Any, *path: Any) -> Any:
    if isinstance(value, (dict, list)) and value:
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, *path, step)
    else:
        yield path


def counts() -> list[int]:
    models = (Board, Card, User, Channel, CollaborationEvent)
    return [model._default_manager.count() for model in models]


def wipe(board: Board) -> None:
    """As if the board had never been here."""
    CollaborationEvent.objects.filter(channel__name=board.channel)._raw_delete(connection.alias)
    Channel.objects.filter(name=board.channel).delete()
    board.cards.update(outcome=None)
    board.cards.all().delete()
    board.delete()


def test_a_text_that_is_an_id_stays_as_it_is() -> None:
    busy = Busy()
    card = busy.card("x")
    edit_card(card.uid, busy.owner, uuid4(), {"body": str(card.uid)}, 1)
    board = imported(exported(busy.board))
    assert board.cards.get(number=card.number).body == str(card.uid)
    assert board.cards.get(number=card.number).uid != card.uid
    assert told(board) == told(busy.board)


def test_a_token_for_one_board_imports_none() -> None:
    busy = Busy()
    busy.owner.limited_to = busy.board.pk
    with pytest.raises(Refused):
        imported(exported(busy.board), busy.owner)
    assert isinstance(create_board(busy.helper, uuid4(), "x").object.uid, UUID)
