"""The ways back for sessions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from board.access import Seat
from board.operations.errors import Conflict
from board.operations.inverses.base import Data, Inverse, expect, swapped, undoes
from board.operations.sessions import TIMES, session_on, times, transition
from collaboration.events import Log

RUNNING = frozenset({"live", "paused"})
MOMENTS = frozenset({"running_since", "started_at", "ended_at"})
# How a change of state is called; every other way back is a reopening.
KINDS = {
    ("scheduled", "live"): "session.started",
    ("live", "paused"): "session.paused",
    ("paused", "live"): "session.resumed",
    ("live", "ended"): "session.ended",
    ("paused", "ended"): "session.ended",
    ("scheduled", "cancelled"): "session.cancelled",
    ("live", "cancelled"): "session.cancelled",
}


def session_made(data: Data, log: Log, seat: Seat) -> Any:
    """A session that this event created is cancelled; its row stays, so that this can be taken back too."""
    session = session_on(log, UUID(data["session"]["id"]))
    before = times(session)
    expect(before, {field: data["session"][field] for field in TIMES})
    session.status, session.running_since = "cancelled", None
    session.save()
    return log("session.cancelled", **transition(session, before), **undoes(data))


def session_back(data: Data, log: Log, seat: Seat) -> Any:
    """Status and clock as they were before the event."""
    session = session_on(log, UUID(data["session"]))
    before = times(session)
    expect(before, {field: data[field]["after"] for field in TIMES})
    then = {field: data[field]["before"] for field in TIMES}
    if then["status"] in RUNNING and log.session is not None and log.session.pk != session.pk:
        raise Conflict(_("Another session is running on this board. End it first."))
    for field, value in then.items():
        setattr(session, field, _moment(value) if field in MOMENTS else value)
    session.save()
    kind = KINDS.get((before["status"], then["status"]), "session.reopened")
    return log(kind, **transition(session, before), **undoes(data))


def session_started(data: Data, log: Log, seat: Seat) -> Any:
    return (session_made if isinstance(data["session"], dict) else session_back)(data, log, seat)


def session_renamed(data: Data, log: Log, seat: Seat) -> Any:
    session = session_on(log, UUID(data["session"]))
    expect(session.title, data["title"]["after"])
    session.title = data["title"]["before"]
    session.save(update_fields=["title"])
    return log("session.renamed", session=data["session"], title=swapped(data["title"]), **undoes(data))


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


INVERSES = {
    "session.created": Inverse(session_made, "manage_sessions"),
    "session.started": Inverse(session_started, "manage_sessions"),
    "session.cancelled": Inverse(session_back, "manage_sessions"),
    "session.reopened": Inverse(session_back, "manage_sessions"),
    "session.paused": Inverse(session_back, "manage_sessions"),
    "session.resumed": Inverse(session_back, "manage_sessions"),
    "session.ended": Inverse(session_back, "manage_sessions"),
    "session.renamed": Inverse(session_renamed, "manage_sessions"),
}
