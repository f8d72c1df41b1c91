"""Members and join links."""

import secrets
from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from board import facts
from board.access import Seat
from board.models import Board, Invite, Membership, Role, User, token_hash
from board.operations import values
from board.operations.base import Done, entering, once, writing
from board.operations.errors import Archived, Conflict, Forbidden, LastOwner, NotFound, TooMany, wrong
from safeguards import admission
from safeguards.refusals import seconds

INVITE_DAYS = 7
TOKEN_BYTES = 32  # nobody guesses 256 bits


@once
def add_member(slug: str, by: User, mid: UUID, username: str, role: str) -> Done:
    username, role = values.name(username, "username"), values.role(role)
    decision = admission.admit("add_member", str(by.uid))
    if not decision.allowed:
        raise TooMany(retry_after=seconds(decision.retry_after), bucket="add_member")
    with writing(slug, by, mid, "add_members") as (log, seat):
        if not seat.may_give(role):
            raise Forbidden(_("Facilitators add participants and observers. Ask the owner for other roles."))
        person = User.objects.filter(username=username, is_active=True).first()
        if person is None:
            raise wrong("username", _("There is no account with this name. Check it, or send a join link."))
        row, created = Membership.objects.get_or_create(
            board=seat.board, user=person, defaults={"role": role}
        )
        if not created:
            raise wrong("username", _("This person is on the board already."))
        return Done(log("member.added", member=facts.person(person), username=username, role=role), row)


@once
def change_role(slug: str, by: User, mid: UUID, username: str, role: str) -> Done:
    role = values.role(role)
    with writing(slug, by, mid, "manage_roles") as (log, seat):
        row = member_of(seat.board, username)
        if role != Role.OWNER:
            refuse_last_owner(row)
        before, row.role = row.role, role
        row.save(update_fields=["role"])
        change = {"before": before, "after": role}
        return Done(
            log("member.role_changed", member=facts.person(row.user), username=username, role=change), row
        )


@once
def remove_member(slug: str, by: User, mid: UUID, username: str) -> Done:
    """Everybody may leave; others are removed by those who could have given their role."""
    with writing(slug, by, mid, "read") as (log, seat):
        row = member_of(seat.board, username)
        if row.user_id != by.pk and not seat.may_give(row.role):
            raise Forbidden
        refuse_last_owner(row)
        row.delete()
        person = facts.person(row.user)
        return Done(log("member.removed", member=person, username=username, role=row.role), None)


def create_invite(seat: Seat, by: User, role: str) -> str:
    """A new join link's token, shown once; the link before it stops working. Not an event of the board."""
    role = values.role(role)
    if not seat.may("invite") or role not in {Role.PARTICIPANT, Role.OBSERVER}:
        raise Forbidden
    if seat.board.archived_at:
        raise Archived
    revoke_invites(seat)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires = timezone.now() + timedelta(days=INVITE_DAYS)
    Invite.objects.create(
        board=seat.board, token_hash=token_hash(token), role=role, created_by=by, expires_at=expires
    )
    return token


def revoke_invites(seat: Seat) -> int:
    if not seat.may("invite"):
        raise Forbidden
    return Invite.objects.filter(board=seat.board, revoked_at=None).update(revoked_at=timezone.now())


def invite_for(token: str) -> Invite:
    """Raises NotFound, with the same words whether it expired, was revoked or never was."""
    invite = Invite.objects.valid().for_token(token).select_related("board").first()
    if invite is None or invite.board.archived_at:
        raise NotFound(_("This join link does not work any more. Ask for a new one."))
    return invite


@once
def join_board(token: str, by: User, mid: UUID) -> Done:
    """Through a join link. Raises NotFound when the link does not work, Conflict for who is there already."""
    with entering(invite_for(token).board.slug, by, mid) as log:
        invite = invite_for(token)
        row, created = Membership.objects.get_or_create(
            board=invite.board, user=by, defaults={"role": invite.role}
        )
        if not created:
            raise Conflict(_("You are on this board already."))
        return Done(log("member.added", member=facts.person(by), username=by.username, role=row.role), row)


def member_of(board: Board, username: str) -> Membership:
    row = Membership.objects.select_related("user").filter(board=board, user__username=username).first()
    if row is None:
        raise NotFound(_("This person is not on the board."))
    return row


def refuse_last_owner(row: Membership) -> None:
    owners = Membership.objects.filter(board=row.board, role=Role.OWNER).exclude(pk=row.pk)
    if row.role == Role.OWNER and not owners.exists():
        raise LastOwner
