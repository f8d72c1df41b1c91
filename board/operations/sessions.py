"""Sessions: one live or paused conversation per board, with a clock that forgets nothing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from board import facts
from board.models import User
from board.operations import values
from board.operations.base import Done, once, slug_of, writing
from board.operations.errors import NotFound, SessionState
from collaboration.events import Log
from collaboration.models import CollaborationSession

Status = CollaborationSession.Status
TIMES = ("status", "accumulated_ms", "running_since", "started_at", "ended_at")


@once
def create_session(slug: str, by: User, mid: UUID, title: str = "", *, start: bool = False) -> Done:
    title = values.name(title, "title", required=False)
    with writing(slug, by, mid, "manage_sessions") as (log, _seat):
        session = CollaborationSession(channel=log.channel, title=title)
        if start:
            _refuse_second(log)
            _start(session, log)
        session.save(force_insert=True)
        log.session = session if start else log.session
        kind = "session.started" if start else "session.created"
        return Done(log(kind, session=facts.session(session)), session)


@once
def start_session(uid: UUID, by: User, mid: UUID) -> Done:
    with writing(slug_of("session", uid), by, mid, "manage_sessions") as (log, _seat):
        session = session_on(log, uid)
        refuse_unless(session, Status.SCHEDULED)
        _refuse_second(log)
        before = times(session)
        _start(session, log)
        log.session = session
        return _saved("session.started", session, before, log)


@once
def pause_session(uid: UUID, by: User, mid: UUID) -> Done:
    with writing(slug_of("session", uid), by, mid, "manage_sessions") as (log, _seat):
        session = session_on(log, uid)
        refuse_unless(session, Status.LIVE)
        before = times(session)
        stop_clock(session, log.now)
        session.status = Status.PAUSED
        return _saved("session.paused", session, before, log)


@once
def resume_session(uid: UUID, by: User, mid: UUID) -> Done:
    with writing(slug_of("session", uid), by, mid, "manage_sessions") as (log, _seat):
        session = session_on(log, uid)
        refuse_unless(session, Status.PAUSED)
        before = times(session)
        session.status, session.running_since = Status.LIVE, log.now
        return _saved("session.resumed", session, before, log)


@once
def end_session(uid: UUID, by: User, mid: UUID) -> Done:
    with writing(slug_of("session", uid), by, mid, "manage_sessions") as (log, _seat):
        session = session_on(log, uid)
        refuse_unless(session, Status.LIVE, Status.PAUSED)
        before = times(session)
        stop_clock(session, log.now)
        session.status, session.ended_at, session.to_seq = Status.ENDED, log.now, log.seq
        return _saved("session.ended", session, before, log)


@once
def rename_session(uid: UUID, by: User, mid: UUID, title: str) -> Done:
    title = values.name(title, "title")
    with writing(slug_of("session", uid), by, mid, "manage_sessions") as (log, _seat):
        session = session_on(log, uid)
        before, session.title = session.title, title
        session.save(update_fields=["title"])
        return Done(
            log("session.renamed", session=str(uid), title={"before": before, "after": title}), session
        )


def session_on(log: Log, uid: UUID) -> CollaborationSession:
    session = CollaborationSession.objects.filter(channel=log.channel, uid=uid).first()
    if session is None:
        raise NotFound
    return session


def refuse_unless(session: CollaborationSession, *statuses: str) -> None:
    if session.status not in statuses:
        words = _("This session is %(status)s. Reload the page to see what can be done with it.")
        raise SessionState(words % {"status": session.get_status_display().lower()}, state=session.status)


def stop_clock(session: CollaborationSession, now: datetime) -> None:
    session.accumulated_ms, session.running_since = session.elapsed_ms(now), None


def times(session: CollaborationSession) -> dict[str, Any]:
    every = facts.session(session)
    return {field: every[field] for field in TIMES}


def transition(session: CollaborationSession, before: dict[str, Any]) -> dict[str, Any]:
    """The facts of a change of state: each field before and after."""
    after = times(session)
    changes = {field: {"before": before[field], "after": after[field]} for field in TIMES}
    return {"session": str(session.uid), **changes}


def _saved(kind: str, session: CollaborationSession, before: dict[str, Any], log: Log) -> Done:
    session.save()
    return Done(log(kind, **transition(session, before)), session)


def _start(session: CollaborationSession, log: Log) -> None:
    session.status, session.running_since, session.started_at = Status.LIVE, log.now, log.now
    session.started_by_kind, session.started_by_id = log.actor.kind, log.actor.id
    session.started_by_name, session.from_seq = log.actor.name, log.seq
    log.participates = False


def _refuse_second(log: Log) -> None:
    if log.session is not None:
        raise SessionState(_("A session is running on this board. End it before starting another one."))
