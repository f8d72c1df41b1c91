"""Writers of one process wait for each other, not for SQLite; no longer than it would let them wait."""

import threading
from functools import partial
from uuid import uuid4

import pytest
from django.db import OperationalError, connection

from collaboration import events, turns
from collaboration.context import Actor
from tests.support.cast import assemble
from tests.support.server import until

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
    monkeypatch.setattr(events, "announce", lambda recorded: held.append(turns._line.taken))
    with events.recording(cast.board.channel, Actor("user", "1", "Ada"), uuid4()) as log:
        held.append(turns._line.taken)
        log("board.renamed", name={"before": "a", "after": "b"})
    assert held == [True, False]


def line_is(line: turns.Line, long: int) -> bool:
    return len(line._waiting) == long


def test_whoever_waits_longest_is_next_not_whoever_has_just_written() -> None:
    line, order = turns.Line(), list[str]()
    assert line.acquire(1)

    def write(name: str) -> None:
        assert line.acquire(10)
        order.append(name)
        line.release()

    waiting = [threading.Thread(target=write, args=(name,)) for name in ("first", "second", "third")]
    for ahead, thread in enumerate(waiting):
        thread.start()
        until(partial(line_is, line, ahead + 1))
    line.release()
    write("the one who has just had it")
    for thread in waiting:
        thread.join(10)
    assert order == ["first", "second", "third", "the one who has just had it"]
    assert not line.taken


def test_whoever_stops_waiting_is_passed_over() -> None:
    line = turns.Line()
    assert line.acquire(1)
    assert not line.acquire(SHORT_SECONDS)
    line.release()
    assert line.acquire(0)
