"""A board with one of everything that an address may name; an operations page to watch; a quiet server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoDbBlocker

from board import operations as do
from board.ops import drawn, known, stored, watching
from safeguards import flags, kill
from tests.board.watched import House
from tests.support.cast import Cast, assemble
from tests.support.clock import Clock
from tests.support.kept import kept


def furnished() -> Cast:
    cast = assemble()
    cast.__dict__["session_uid"] = do.create_session(
        cast.board.slug, cast.owner, uuid4(), "Planned"
    ).object.uid
    card, other = cast.card(by=cast.owner), cast.card("Another", by=cast.owner)
    cast.__dict__["card_uid"], cast.__dict__["other_uid"] = card.uid, other.uid
    cast.__dict__["reply_uid"] = do.add_reply(card.uid, cast.owner, uuid4(), "First").object.uid
    cast.__dict__["link_uid"] = do.add_link(card.uid, cast.owner, uuid4(), other.uid, "supports").object.uid
    return cast


@pytest.fixture(scope="module")
def furniture(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    with kept(django_db_blocker, furnished) as cast:
        yield cast


@pytest.fixture
def set_up(db: None) -> Cast:
    return furnished()


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A page that is drawn anew all the time, and watched by nobody yet."""
    made = House()
    monkeypatch.setattr(watching, "ROUND_SECONDS", 0.01)
    monkeypatch.setattr(watching, "user_of_session", lambda key: made.people.get(key))
    monkeypatch.setattr(known, "fragments", made.fragments)
    monkeypatch.setattr(drawn, "pieces", made.pieces)
    monkeypatch.setattr(stored, "is_old", lambda: False)
    watching._watch.clear()
    yield made
    watching._watch.clear()


@pytest.fixture
def quiet(settings: Any, tmp_path: Path) -> Iterator[None]:
    """A data folder of the test, and no word of a kill or of a flag from before."""
    settings.DATA_DIR = tmp_path
    (tmp_path / "run").mkdir()
    kill.forget()
    flags.forget()
    yield
    kill.forget()
    flags.forget()


@pytest.fixture
def clock() -> Clock:
    return Clock()
