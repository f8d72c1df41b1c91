"""Members and their roles."""

from uuid import UUID

from django.utils.translation import gettext as _

from board.models import Membership, Role
from board.replay.base import Past, replays
from board.replay.facts import Damaged, Facts
from board.replay.stage import Stage


@replays("member.added")
def added(event: Past, stage: Stage) -> None:
    _who(event)
    seat(event.data.person("member"), event.data.choice("role", Role.values), event, stage)


@replays("member.removed")
def removed(event: Past, stage: Stage) -> None:
    event.data.choice("role", Role.values)
    stage.drop(Membership, _who(event))


@replays("member.role_changed")
def role_changed(event: Past, stage: Stage) -> None:
    row = stage.get(Membership, _who(event))
    row.role = event.data.after("role", Facts.choice, Role.values)


def seat(person: tuple[UUID, str] | None, role: str, event: Past, stage: Stage) -> None:
    """Whoever comes by a join link may be here already."""
    user = stage.person(person)
    if user is None:
        raise Damaged(_("A member is somebody."))
    if row := stage.find(Membership, user.uid):
        row.role = role
    else:
        stage.add(user.uid, Membership(board=stage.board, user=user, role=role, joined_at=event.at))


def _who(event: Past) -> UUID:
    event.data.text("username", 150)
    return UUID(event.data.part("member").uid("id"))
