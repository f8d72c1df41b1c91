"""The register of replayers, and what every event does besides its own: who took part in which session."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from board.replay.facts import Damaged, Facts
from board.replay.stage import Stage
from collaboration.models import CollaborationSession, SessionParticipant

STARTED = "session.started"


@dataclass(frozen=True, slots=True)
class Past:
    """One event of a log."""

    seq: int
    kind: str
    actor: tuple[UUID, str] | None
    at: datetime
    data: Facts

    @property
    def undoes(self) -> bool:
        return "undoes" in self.data and self.data.whole("undoes", 1, self.seq - 1) > 0


Replayer = Callable[[Past, Stage], None]
_replayers: dict[str, Replayer] = {}


def replays(*kinds: str) -> Callable[[Replayer], Replayer]:
    """Register `replayer(event, stage)` for these kinds of events."""

    def register(replayer: Replayer) -> Replayer:
        _replayers.update(dict.fromkeys(kinds, replayer))
        return replayer

    return register


def replayed_kinds() -> frozenset[str]:
    return frozenset(_replayers)


def apply(event: Past, stage: Stage) -> CollaborationSession | None:
    """Carry out one event of the past; the session it belongs to. Raises Damaged."""
    replayer = _replayers.get(event.kind)
    if replayer is None:
        raise Damaged(_("This kind of event is not known here."))
    session, undoes = stage.running(), event.undoes
    replayer(event, stage)
    if event.kind == STARTED and not undoes:
        session = stage.running()
    _take_part(event, session, stage)
    return session


def _take_part(event: Past, session: CollaborationSession | None, stage: Stage) -> None:
    if session is None or event.actor is None:
        return
    uid, name = event.actor
    if stage.find(SessionParticipant, (str(session.uid), uid)) is None:
        stage.add(
            (str(session.uid), uid),
            SessionParticipant(
                session=session, actor_kind="user", actor_id=str(uid), actor_name=name, joined_at=event.at
            ),
        )
