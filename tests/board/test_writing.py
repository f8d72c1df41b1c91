import threading
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from board import operations as do
from board.models import Card
from collaboration.events import recording
from collaboration.models import (
    AppendOnly,
    Channel,
    CollaborationEvent,
    CollaborationSession,
    SessionParticipant,
)
from tests.support.cast import Cast, assemble

WRITERS = 8


def first_statement(queries: CaptureQueriesContext) -> str:
    """The first one inside the operation's transaction."""
    every = [query["sql"] for query in queries.captured_queries]
    begin = next(index for index, sql in enumerate(every) if sql.startswith(("BEGIN", "SAVEPOINT")))
    return every[begin + 1]


def operations(cast: Cast) -> dict[str, Any]:
    slug, owner = cast.board.slug, cast.owner
    card, other, zone = cast.card(by=owner), cast.card("Other", by=owner), cast.zone()
    session = do.create_session(slug, owner, uuid4()).object
    return {
        "create_card": lambda: do.create_card(slug, owner, uuid4(), "fact", "x", zone.uid),
        "edit_card": lambda: do.edit_card(card.uid, owner, uuid4(), {"body": "y"}, 1),
        "move_card": lambda: do.move_card(other.uid, owner, uuid4(), zone.uid, None, 1),
        "delete_card": lambda: do.delete_card(card.uid, owner, uuid4()),
        "restore_card": lambda: do.restore_card(card.uid, owner, uuid4()),
        "create_zone": lambda: do.create_zone(slug, owner, uuid4(), "z"),
        "rename_zone": lambda: do.rename_zone(zone.uid, owner, uuid4(), "z"),
        "move_zone": lambda: do.move_zone(zone.uid, owner, uuid4(), None),
        "rename_board": lambda: do.rename_board(slug, owner, uuid4(), "n"),
        "archive_board": lambda: do.archive_board(slug, owner, uuid4()),
        "unarchive_board": lambda: do.unarchive_board(slug, owner, uuid4()),
        "add_member": lambda: do.add_member(slug, owner, uuid4(), "stranger", "observer"),
        "change_role": lambda: do.change_role(slug, owner, uuid4(), "observer", "participant"),
        "remove_member": lambda: do.remove_member(slug, owner, uuid4(), "observer"),
        "start_session": lambda: do.start_session(session.uid, owner, uuid4()),
        "pause_session": lambda: do.pause_session(session.uid, owner, uuid4()),
        "resume_session": lambda: do.resume_session(session.uid, owner, uuid4()),
        "end_session": lambda: do.end_session(session.uid, owner, uuid4()),
        "undo": lambda: do.undo(slug, owner, uuid4()),
    }


def test_the_first_statement_of_every_operation_locks_and_each_writes_one_event(cast: Cast) -> None:
    for name, operation in operations(cast).items():
        before = CollaborationEvent.objects.count()
        with CaptureQueriesContext(connection) as queries:
            done = operation()
        assert first_statement(queries).startswith("UPDATE collaboration_channel SET seq"), name
        assert CollaborationEvent.objects.count() == before + 1, name
        assert done.recorded.seq == Channel.objects.get(name=cast.board.channel).seq, name


def test_a_failed_write_gives_its_number_back(cast: Cast) -> None:
    before = Channel.objects.get(name=cast.board.channel).seq
    with pytest.raises(ZeroDivisionError), recording(cast.board.channel, do.actor_for(cast.owner), uuid4()):
        raise ZeroDivisionError
    assert Channel.objects.get(name=cast.board.channel).seq == before


def test_a_write_without_an_event_or_with_two_is_a_mistake(cast: Cast) -> None:
    actor = do.actor_for(cast.owner)
    with pytest.raises(RuntimeError), recording(cast.board.channel, actor, uuid4()):
        pass
    with pytest.raises(RuntimeError), recording(cast.board.channel, actor, uuid4()) as log:
        log("board.renamed")
        log("board.renamed")


def test_recorded_events_cannot_be_changed_or_deleted(cast: Cast) -> None:
    event = CollaborationEvent.objects.get(channel__name=cast.board.channel, seq=1)
    for forbidden in (event.save, event.delete):
        with pytest.raises(AppendOnly):
            forbidden()


def test_nothing_is_announced_before_the_commit(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[str] = []
    monkeypatch.setattr("collaboration.events.send_event", lambda *args, **kwargs: told.append(args[2].kind))
    with django_capture_on_commit_callbacks(execute=True):
        cast.card()
        assert told == []
    assert told == ["card.created"]


def test_a_failing_announcement_never_reaches_the_writer(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr("collaboration.events.send_event", lambda *args, **kwargs: 1 / 0)
    with django_capture_on_commit_callbacks(execute=True):
        card = cast.card()
    assert Card.objects.get() == card


def test_the_first_write_in_a_session_makes_a_participant_and_no_event_of_its_own(cast: Cast) -> None:
    session = do.create_session(cast.board.slug, cast.owner, uuid4(), start=True).object
    before = CollaborationEvent.objects.count()
    cast.card()
    cast.card()
    assert CollaborationEvent.objects.count() == before + 2
    names = (
        SessionParticipant.objects.filter(session=session).order_by("id").values_list("actor_name", flat=True)
    )
    assert list(names) == ["Owner", "Participant"]
    assert CollaborationEvent.objects.filter(session=session).count() == 3


def test_pausing_forgets_nothing(cast: Cast) -> None:
    session = do.create_session(cast.board.slug, cast.owner, uuid4(), start=True).object
    CollaborationSession.objects.filter(pk=session.pk).update(accumulated_ms=60_000)
    do.pause_session(session.uid, cast.owner, uuid4())
    session.refresh_from_db()
    assert session.running_since is None and 60_000 <= session.accumulated_ms < 70_000
    paused_at = session.accumulated_ms
    do.resume_session(session.uid, cast.owner, uuid4())
    session.refresh_from_db()
    assert session.accumulated_ms == paused_at and session.running_since is not None


@pytest.mark.parametrize("writes", [40, pytest.param(200, marks=pytest.mark.drill)])
@pytest.mark.django_db(transaction=True)
def test_eight_writers_leave_no_gap_and_meet_no_lock_error(writes: int) -> None:
    cast = assemble()
    zone, errors = cast.zone().uid, []

    def write() -> None:
        try:
            for number in range(writes):
                do.create_card(cast.board.slug, cast.participant, uuid4(), "fact", str(number), zone)
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    before = Channel.objects.get(name=cast.board.channel).seq
    connections.close_all()  # a pool of eight has a place for each writer, and none for who watches
    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    seqs = CollaborationEvent.objects.filter(channel__name=cast.board.channel).order_by("seq")
    assert list(seqs.values_list("seq", flat=True)) == list(range(1, before + WRITERS * writes + 1))
