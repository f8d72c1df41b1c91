"""The one policy: who may see a board and what each role may do there."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404

from board.models import Board, Membership, Role, User

OBSERVER = frozenset({"read", "export"})
PARTICIPANT = OBSERVER | {"create_card", "edit_card"}
FACILITATOR = PARTICIPANT | {"delete_any", "manage_zones", "manage_sessions", "invite", "add_members"}
OWNER = FACILITATOR | {"manage_roles", "rename", "archive"}
POLICY: dict[str, frozenset[str]] = {
    Role.OBSERVER: OBSERVER,
    Role.PARTICIPANT: PARTICIPANT,
    Role.FACILITATOR: FACILITATOR,
    Role.OWNER: OWNER,
}
ON_ARCHIVED = frozenset({"read", "export", "archive"})
GIVEN_BY_FACILITATORS = frozenset({Role.PARTICIPANT, Role.OBSERVER})


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place on a board."""

    board: Board
    role: str

    def may(self, verb: str) -> bool:
        return verb in POLICY[self.role]

    @property
    def can(self) -> dict[str, bool]:
        """For templates: `seat.can.rename`. On an archived board only what would not be refused."""
        verbs = ON_ARCHIVED if self.board.archived_at else OWNER
        return {verb: self.may(verb) for verb in verbs}

    def may_give(self, role: str) -> bool:
        return self.may("manage_roles") or (self.may("add_members") and role in GIVEN_BY_FACILITATORS)


def seats_of(user: User) -> list[Seat]:
    rows = _open_to(user).select_related("board").order_by("-board__created_at")
    return [Seat(row.board, row.role) for row in rows]


def find_seat(user: User | AnonymousUser, slug: str) -> Seat | None:
    if not user.is_authenticated or not user.is_active:
        return None
    row = _open_to(user).select_related("board").filter(board__slug=slug).first()
    return Seat(row.board, row.role) if row else None


def _open_to(user: User) -> QuerySet[Membership]:
    """A person's memberships; with a token for one board only that one, as if there were no other."""
    own = Membership.objects.filter(user_id=user.pk)
    return own if user.limited_to is None else own.filter(board_id=user.limited_to)


def board_for(user: User | AnonymousUser, slug: str) -> Seat:
    """The person's seat on the board; Http404 for strangers, as if there were no such board."""
    seat = find_seat(user, slug)
    if seat is None:
        raise Http404
    return seat


def role_on(board: Board, user: Any) -> str | None:
    return Membership.objects.filter(board=board, user_id=user.pk).values_list("role", flat=True).first()
