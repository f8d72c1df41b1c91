"""Sessions and their clock."""

from collections.abc import Callable
from typing import Any

from board.operations.values import NAME_LENGTH
from board.replay.base import STARTED, Past, replays
from board.replay.facts import MOST_MS, Facts
from board.replay.stage import Stage
from collaboration.models import CollaborationSession

Session = CollaborationSession


@replays("session.created")
def created(event: Past, stage: Stage) -> None:
    _add(event, stage)


@replays(STARTED)
def started(event: Past, stage: Stage) -> None:
    session = _add(event, stage) if isinstance(event.data.raw("session"), dict) else _change(event, stage)
    if event.actor is not None and not event.undoes:
        uid, name = event.actor
        session.started_by_kind, session.started_by_id, session.started_by_name = "user", str(uid), name
        session.from_seq = event.seq


@replays("session.ended")
def ended(event: Past, stage: Stage) -> None:
    session = _change(event, stage)
    if not event.undoes:
        session.to_seq = event.seq


@replays("session.paused", "session.resumed", "session.cancelled", "session.reopened")
def changed(event: Past, stage: Stage) -> None:
    _change(event, stage)


@replays("session.renamed")
def renamed(event: Past, stage: Stage) -> None:
    session = stage.get(Session, event.data.uid("session"))
    session.title = event.data.after("title", Facts.text, NAME_LENGTH)


def _add(event: Past, stage: Stage) -> Session:
    fact = event.data.part("session")
    session = Session(
        uid=fact.uid("id"),
        channel=stage.channel,
        title=fact.text("title", NAME_LENGTH),
        planned_s=None if fact.raw("planned_s") is None else fact.whole("planned_s"),
        created_at=event.at,
        **{field: read(fact, field) for field, read in TIMES.items()},
    )
    return stage.add(fact.uid("id"), session)


def _change(event: Past, stage: Stage) -> Session:
    session = stage.get(Session, event.data.uid("session"))
    for field, read in TIMES.items():
        setattr(session, field, event.data.after(field, read))
    return session


def _status(fact: Facts, name: str) -> str:
    return fact.choice(name, Session.Status.values)


def _ran(fact: Facts, name: str) -> int:
    return fact.whole(name, most=MOST_MS)


# State and clock: how each is read, from a new session or from one side of a change.
TIMES: dict[str, Callable[[Facts, str], Any]] = {
    "status": _status,
    "accumulated_ms": _ran,
    "running_since": Facts.moment,
    "started_at": Facts.moment,
    "ended_at": Facts.moment,
}
