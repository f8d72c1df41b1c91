"""The one way to write: lock the channel, change rows, record one event, announce it on commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django_eventstream import send_event

from collaboration import bus
from collaboration.changes import Recorded, change_json
from collaboration.context import Actor, current
from collaboration.models import Channel, CollaborationEvent, CollaborationSession, SessionParticipant
from collaboration.turns import turn
from safeguards import groups

# Takes the row lock and the next number in one statement. A rollback gives the number back, so the
# numbers of a channel have no gaps and their order is the order of commits.
LOCK = "UPDATE collaboration_channel SET seq = seq + 1 WHERE name = %s RETURNING id, name, epoch, seq, oldest"

# What a write needs to know under the lock, in one query: a repeat? a session? already taking part? Written out,
# for every write waits while it runs, and building it took the ORM a fifth of a write's time.
LOOK_AROUND = """
SELECT
    (SELECT id FROM collaboration_collaborationevent WHERE channel_id = %s AND mid = %s),
    (SELECT id FROM collaboration_collaborationsession WHERE channel_id = %s AND status IN (%s, %s) LIMIT 1),
    EXISTS (
        SELECT 1 FROM collaboration_sessionparticipant AS participant
        JOIN collaboration_collaborationsession AS session ON session.id = participant.session_id
        WHERE session.channel_id = %s AND session.status IN (%s, %s) AND actor_kind = %s AND actor_id = %s
    )
"""


class NoSuchChannel(Exception):
    """The channel to write to does not exist."""


class AlreadyRecorded(Exception):
    """This request was carried out before; `event` is what it recorded."""

    def __init__(self, event: CollaborationEvent) -> None:
        super().__init__(str(event))
        self.event = event


class FingerprintMismatch(Exception):
    """The same request id came with another request."""


class Log:
    """Given to the body of `recording`; call it exactly once."""

    def __init__(self, channel: Channel, actor: Actor, mid: UUID) -> None:
        self.channel, self.actor, self.mid = channel, actor, mid
        self.recorded: Recorded | None = None
        self.session: CollaborationSession | None = None
        self.participates = True
        self.now = timezone.now()

    @property
    def seq(self) -> int:
        return self.channel.seq

    def __call__(self, kind: str, *, audience: str = "", **data: Any) -> Recorded:
        """Record the one event of this write. `data`: facts, JSON only, with values before and after."""
        if self.recorded is not None:
            raise RuntimeError("One accepted write records exactly one event.")
        context = current()
        event = CollaborationEvent(
            channel=self.channel,
            seq=self.channel.seq,
            session=self.session,
            mid=self.mid,
            fingerprint=context.fingerprint,
            kind=kind,
            actor_kind=self.actor.kind,
            actor_id=self.actor.id,
            actor_name=self.actor.name,
            data=data,
            audience=audience,
            cause=context.cause,
            hop=context.hop,
            at=self.now,
        )
        event.save(force_insert=True)
        self._join_session()
        self.recorded = change_json(event)
        return self.recorded

    def _join_session(self) -> None:
        if self.session is None or self.participates:
            return
        participant = SessionParticipant(
            session=self.session,
            actor_kind=self.actor.kind,
            actor_id=self.actor.id,
            actor_name=self.actor.name,
            joined_at=self.now,
        )
        # A session whose start was taken back and that starts again has had its people already.
        SessionParticipant.objects.bulk_create([participant], ignore_conflicts=True)


@contextmanager
def recording(channel: str, actor: Actor, mid: UUID) -> Iterator[Log]:
    """One durable write on `channel`.

    Raises NoSuchChannel, AlreadyRecorded (a repeat of `mid`) and FingerprintMismatch (`mid` with another
    request) before the body runs.
    """
    with turn() as end_turn, transaction.atomic():
        transaction.on_commit(end_turn, robust=True)
        log = Log(_lock(channel), actor, mid)
        _look_around(log)
        yield log
        recorded = log.recorded
        if recorded is None:
            raise RuntimeError("An accepted write records exactly one event.")
        # Not a partial: Django logs a failing hook by its __qualname__ and would fail itself.
        transaction.on_commit(lambda: announce(recorded), robust=True)
        transaction.on_commit(lambda: groups.wrote(actor.key), robust=True)


def create_channel(name: str) -> Channel:
    """A new channel, inside the caller's transaction; its first event follows in the same one."""
    return Channel.objects.create(name=name)


def announce(recorded: Recorded) -> None:
    send_event(recorded.channel, "change", recorded, json_encode=False)
    bus.hint(recorded.channel, recorded.seq)


def _lock(name: str) -> Channel:
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [name])
        row = cursor.fetchone()
    if row is None:
        raise NoSuchChannel(name)
    return Channel.from_db(connection.alias, ["id", "name", "epoch", "seq", "oldest"], row)


def _look_around(log: Log) -> None:
    channel, running = log.channel.pk, CollaborationSession.RUNNING
    mid = CollaborationEvent._meta.get_field("mid").get_db_prep_value(log.mid, connection)
    with connection.cursor() as cursor:
        cursor.execute(
            LOOK_AROUND,
            [channel, mid, channel, *running, channel, *running, log.actor.kind, log.actor.id],
        )
        repeat, session, participates = cursor.fetchone()
    if repeat is not None:
        raise _repeat(repeat, log.actor)
    log.session = CollaborationSession(pk=session) if session else None
    log.participates = bool(participates)


def _repeat(pk: int, actor: Actor) -> Exception:
    event = CollaborationEvent.objects.select_related("channel").get(pk=pk)
    if event.fingerprint != current().fingerprint or event.actor_id != actor.id:
        return FingerprintMismatch(str(event.mid))
    return AlreadyRecorded(event)
