"""The ways back for members."""

from typing import Any

from board.access import Seat
from board.models import Membership
from board.operations.errors import Forbidden
from board.operations.inverses.base import Data, Inverse, expect, person, swapped, undoes
from board.operations.people import member_of, refuse_last_owner
from collaboration.events import Log


def member_added(data: Data, log: Log, seat: Seat) -> Any:
    row = member_of(seat.board, data["username"])
    expect(row.role, data["role"])
    refuse_last_owner(row)
    row.delete()
    return log("member.removed", **_member(data), **undoes(data))


def member_removed(data: Data, log: Log, seat: Seat) -> Any:
    user = person(data["member"])
    if user is None or not seat.may_give(data["role"]):
        raise Forbidden
    _row, created = Membership.objects.get_or_create(
        board=seat.board, user=user, defaults={"role": data["role"]}
    )
    expect(created, True)
    return log("member.added", **_member(data), **undoes(data))


def member_role_changed(data: Data, log: Log, seat: Seat) -> Any:
    row = member_of(seat.board, data["username"])
    expect(row.role, data["role"]["after"])
    if row.role != data["role"]["before"]:
        refuse_last_owner(row)
    row.role = data["role"]["before"]
    row.save(update_fields=["role"])
    return log("member.role_changed", **_member(data) | {"role": swapped(data["role"])}, **undoes(data))


def _member(data: Data) -> Data:
    return {field: data[field] for field in ("member", "username", "role")}


INVERSES = {
    "member.added": Inverse(member_added, "add_members"),
    "member.removed": Inverse(member_removed, "add_members"),
    "member.role_changed": Inverse(member_role_changed, "manage_roles"),
}
