"""Writers of one process wait for each other, not for SQLite; no longer than it would let them wait."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection

from collaboration import events, turns
from collaboration.context import Actor
from tests.support.cast import assemble

SHORT_SECONDS = 0.05


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite needs turns")
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", SHORT_SECONDS)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("impatient")
def test_a_second_writer_waits_and_is_told_in_time() -> None:
    with turns.turn() as end:
        with pytest.raises(OperationalError, match="no turn"), turns.turn():
            pass
        end()
        with turns.turn():
            pass  # it was free as soon as the first one had committed


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("impatient")
def test_a_writer_that_fails_leaves_the_turn_free() -> None:
    with pytest.raises(ZeroDivisionError), turns.turn():
        raise ZeroDivisionError
    with turns.turn():
        pass


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("impatient")
def test_a_write_has_its_turn_until_it_is_committed_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    cast, held = assemble(), []
    locked: Any = turns._lock.locked
    monkeypatch.setattr(events, "announce", lambda recorded: held.append(locked()))
    with events.recording(cast.board.channel, Actor("user", "1", "Ada"), uuid4()) as log:
        held.append(locked())
        log("board.renamed", name={"before": "a", "after": "b"})
    assert held == [True, False]
